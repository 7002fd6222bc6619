import { ROOT, type Step } from '../case.ts';
import type { Prng } from '../prng.ts';
import type { Message } from '../wire.ts';
import { COLLECTIONS, fieldValue, QUERY_FIELDS, smallVector } from './documents.ts';
import { filter, filteredFields } from './filters.ts';
import { scalar } from './values.ts';

const DIRECTIONS = ['ASCENDING', 'DESCENDING'] as const;

function from(prng: Prng): { parent: string; from: Message[] } {
  return prng.weighted<() => { parent: string; from: Message[] }>([
    [20, () => ({ parent: ROOT, from: [{ collectionId: 'c' }] })],
    [5, () => ({ parent: ROOT, from: [{ collectionId: prng.pick(COLLECTIONS), allDescendants: true }] })],
    [2, () => ({ parent: ROOT, from: [{ collectionId: 'd' }] })],
    [
      1,
      () => ({
        parent: ROOT,
        from: [{ collectionId: prng.pick(['sub', 'none', 'é']), allDescendants: prng.chance(0.5) }],
      }),
    ],
    [
      2,
      () => ({
        parent: `${ROOT}/c/${prng.pick(['a', 'b', 'é', '__id5__'])}`,
        from: [{ collectionId: prng.pick(['c', 'd', 'sub']), allDescendants: prng.chance(0.4) }],
      }),
    ],
    [0.5, () => ({ parent: ROOT, from: [] })],
    [0.5, () => ({ parent: ROOT, from: [{ allDescendants: prng.chance(0.5) }] })],
  ])();
}

function order(prng: Prng, fields: readonly string[]): Message[] {
  const orders = prng.list(0, 3, () => ({
    field: { fieldPath: prng.chance(0.6) && fields.length > 0 ? prng.pick(fields) : prng.pick(QUERY_FIELDS) },
    direction: prng.chance(0.95) ? prng.pick(DIRECTIONS) : 0,
  }));
  // A query by descending names alone is refused; with another order it is not.
  if (prng.chance(0.3)) orders.push({ field: { fieldPath: '__name__' }, direction: prng.pick(DIRECTIONS) });
  return prng.chance(0.97) ? dedupe(orders) : orders;
}

function dedupe(orders: { field: { fieldPath: string }; direction: string | number }[]): Message[] {
  const seen = new Set<string>();
  return orders.filter(({ field }) => {
    if (seen.has(field.fieldPath)) return false;
    seen.add(field.fieldPath);
    return true;
  }) as unknown as Message[];
}

function cursor(prng: Prng, orders: Message[], names: readonly string[]): Message {
  const count = prng.chance(0.9) ? prng.int(1, Math.max(1, orders.length)) : prng.int(0, orders.length + 1);
  const values = Array.from({ length: count }, (_, index) => {
    const path = ((orders[index]?.field as Message | undefined)?.fieldPath ?? '__name__') as string;
    if (path === '__name__') return prng.chance(0.97) ? { referenceValue: prng.pick(names) } : scalar(prng);
    return fieldValue(prng, path);
  });
  return { values, before: prng.chance(0.5) };
}

/** A structured query over a world, and the parent to run it under. */
export function query(prng: Prng, names: readonly string[]): { parent: string; structuredQuery: Message } {
  const { parent, from: selectors } = from(prng);
  const structuredQuery: Message = { from: selectors };
  if (prng.chance(0.75)) structuredQuery.where = filter(prng, names);
  const orders = prng.chance(0.55)
    ? order(prng, filteredFields(structuredQuery.where as Message | undefined))
    : [];
  if (orders.length > 0) structuredQuery.orderBy = orders;
  if (orders.length > 0 ? prng.chance(0.4) : prng.chance(0.03)) {
    if (prng.chance(0.7)) structuredQuery.startAt = cursor(prng, orders, names);
    if (prng.chance(0.5)) structuredQuery.endAt = cursor(prng, orders, names);
  }
  if (prng.chance(0.3)) structuredQuery.limit = { value: prng.pick([0, 1, 2, 3, 5, 10, 1000]) };
  if (prng.chance(0.1)) structuredQuery.offset = prng.pick([0, 1, 2, 5, 100]);
  if (prng.chance(0.15)) {
    structuredQuery.select = {
      fields: prng.list(0, 3, () => ({ fieldPath: prng.pick([...QUERY_FIELDS, '__name__', 'm', 'zz']) })),
    };
  }
  return { parent, structuredQuery };
}

export function queryStep(prng: Prng, names: readonly string[]): Step {
  return { id: 'query', rpc: 'RunQuery', request: { ...query(prng, names) } };
}

/** Vector search over the `v` field, or an aggregation of what it finds. */
export function nearestStep(prng: Prng, names: readonly string[]): Step {
  const structuredQuery = nearestQuery(prng, names);
  if (prng.chance(0.8)) return { id: 'nearest', rpc: 'RunQuery', request: { parent: ROOT, structuredQuery } };
  const structuredAggregationQuery = {
    structuredQuery,
    aggregations: prng.list(1, 2, () => aggregation(prng)),
  };
  return { id: 'nearest', rpc: 'RunAggregationQuery', request: { parent: ROOT, structuredAggregationQuery } };
}

function nearestQuery(prng: Prng, names: readonly string[]): Message {
  const structuredQuery: Message = { from: [{ collectionId: 'c', allDescendants: prng.chance(0.2) }] };
  if (prng.chance(0.3)) structuredQuery.where = filter(prng, names, 1);
  if (prng.chance(0.1)) structuredQuery.orderBy = order(prng, []);
  if (prng.chance(0.2)) structuredQuery.select = { fields: [{ fieldPath: 'v' }, { fieldPath: 'd' }] };
  if (prng.chance(0.03)) structuredQuery.limit = { value: 2 };
  if (prng.chance(0.03)) structuredQuery.offset = 1;
  const findNearest: Message = {
    vectorField: { fieldPath: prng.chance(0.95) ? 'v' : prng.pick(['a', 'm.x', 'zz']) },
    queryVector: smallVector(prng),
    distanceMeasure: prng.chance(0.95) ? prng.int(1, 3) : prng.int(-1, 5),
    limit: { value: prng.chance(0.95) ? prng.pick([1, 3, 10, 1000]) : prng.pick([0, -1, 1001]) },
  };
  if (prng.chance(0.5))
    findNearest.distanceResultField = prng.chance(0.9) ? 'd' : prng.pick(['a', 'x.y', '__a__']);
  if (prng.chance(0.3)) findNearest.distanceThreshold = { value: prng.pick([0, 0.5, 1, 2, -1]) };
  structuredQuery.findNearest = findNearest;
  return structuredQuery;
}

function aggregation(prng: Prng): Message {
  const field = { fieldPath: prng.pick(['a', 'b', 'n', 'm.x', '`x.y`', 'any', 's', 'zz']) };
  return prng.weighted<() => Message>([
    [2, () => ({ count: {} })],
    [1, () => ({ count: { upTo: { value: prng.pick([0, 1, 2, 5, 1000]) } } })],
    [2, () => ({ sum: { field } })],
    [2, () => ({ avg: { field } })],
  ])();
}

export function aggregateStep(prng: Prng, names: readonly string[]): Step {
  const { parent, structuredQuery } = query(prng, names);
  const aggregations = prng.list(1, 3, (index) => ({
    ...aggregation(prng),
    ...(prng.chance(0.7) ? { alias: prng.pick([`x${index}`, `é${index}`, `a.b${index}`]) } : {}),
  }));
  if (prng.chance(0.9)) delete structuredQuery.select;
  return {
    id: 'aggregate',
    rpc: 'RunAggregationQuery',
    request: { parent, structuredAggregationQuery: { structuredQuery, aggregations } },
  };
}
