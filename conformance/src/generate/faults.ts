import { DATABASE, PROJECT, ROOT, type Step } from '../case.ts';
import type { Prng } from '../prng.ts';
import type { Message } from '../wire.ts';
import { array, double, geo, integer, map, nested, nothing, text, time, vector } from './values.ts';

/**
 * Requests that are right but for one to three faults of a table. With one it shows what is told of each fault, with more which of them is told: servers
 * check in an order, and clients see it.
 */
type Fault<T> = (request: T, prng: Prng) => void;

const OTHER = `projects/${PROJECT}-other/databases/(default)/documents/c/a`;
const LONG = 'é'.repeat(751);
const list = (count: number) => array(...Array.from({ length: count }, (_, index) => integer(index)));

interface Query {
  parent: string;
  query: { from: Message[]; [member: string]: Message | Message[] | number };
  readTime?: Message;
  transaction?: string;
}

const field = (fieldPath: string, op: string | number, value?: Message): Message => ({
  fieldFilter: { field: { fieldPath }, op, ...(value && { value }) },
});

function where(...filters: Message[]): Fault<Query> {
  return ({ query }) => {
    query.where ??= { compositeFilter: { op: 'AND', filters: [] } };
    const { compositeFilter } = query.where as { compositeFilter: { filters: Message[] } };
    compositeFilter.filters.push(...filters);
  };
}

function order(...paths: string[]): Fault<Query> {
  return ({ query }) => {
    query.orderBy = [
      ...((query.orderBy ?? []) as Message[]),
      ...paths.map((fieldPath) => ({ field: { fieldPath }, direction: 'ASCENDING' })),
    ];
  };
}

const all =
  (...faults: Fault<Query>[]): Fault<Query> =>
  (request, prng) => {
    for (const fault of faults) fault(request, prng);
  };

const member =
  (name: string, value: Message | Message[] | number): Fault<Query> =>
  ({ query }) => {
    query[name] = structuredClone(value);
  };

const nearest = (change: Message = {}): Message => ({
  vectorField: { fieldPath: 'v' },
  queryVector: vector(1, 0),
  distanceMeasure: 'EUCLIDEAN',
  limit: { value: 3 },
  ...change,
});

const QUERY_FAULTS: readonly Fault<Query>[] = [
  (request) => {
    request.parent = '';
  },
  (request) => {
    request.parent = `${ROOT}/c`;
  },
  (request) => {
    request.transaction = 'aGVsbG8=';
  },
  (request) => {
    request.readTime = { seconds: '1000000000' };
  },
  (request) => {
    request.readTime = { seconds: '4000000000' };
  },
  all(member('from', [{ collectionId: 'c', allDescendants: true }]), (request) => {
    request.parent = `${ROOT}/x/y`;
  }),
  member('from', []),
  member('from', [{ collectionId: 'c' }, { collectionId: 'd' }]),
  member('from', [{ collectionId: 'a/b' }]),
  member('from', [{ collectionId: LONG }]),
  member('limit', { value: -1 }),
  member('offset', -1),
  where(field('p', 'NOT_EQUAL', integer(1)), field('p', 'NOT_EQUAL', integer(2))),
  where(field('p', 'NOT_EQUAL', integer(1)), field('p', 'NOT_IN', list(2))),
  where(field('q', 'IN', list(6)), field('r', 'IN', list(6))),
  where(field('q', 'IN', list(0))),
  where(field('q', 'IN', integer(1))),
  where(field('q', 'IN', list(31))),
  where(field('q', 'NOT_IN', list(11))),
  where(field('l', 'ARRAY_CONTAINS', integer(1)), field('l', 'ARRAY_CONTAINS', integer(2))),
  where(field('l', 'ARRAY_CONTAINS', integer(1)), field('l', 'ARRAY_CONTAINS_ANY', list(2))),
  where(field('a', 0, integer(1))),
  where(field('', 'EQUAL', integer(1))),
  where(field('a..b', 'EQUAL', integer(1))),
  where(field('__a__', 'EQUAL', integer(1))),
  where(field('a', 'EQUAL')),
  where(field('a', 'LESS_THAN', nothing())),
  where(field('a', 'LESS_THAN', double('NaN'))),
  where(field('__name__', 'EQUAL', integer(1))),
  where(field('__name__', 'GREATER_THAN', { referenceValue: OTHER })),
  where(field('__name__', 'EQUAL', { referenceValue: `${ROOT}/d/a` })),
  where(field('__name__', 'LESS_THAN', { referenceValue: `${ROOT}/c` })),
  where(field('__name__', 'ARRAY_CONTAINS', { referenceValue: `${ROOT}/c/a` })),
  where(field('__name__.a', 'EQUAL', integer(1))),
  where({ compositeFilter: { op: 'AND', filters: [] } }),
  where({ compositeFilter: { filters: [field('a', 'EQUAL', integer(1))] } }),
  where({ unaryFilter: { field: { fieldPath: 'a' } } }),
  where({}),
  where({
    compositeFilter: { op: 'OR', filters: [field('p', 'NOT_IN', list(2)), field('a', 'EQUAL', list(1))] },
  }),
  where(...Array.from({ length: 11 }, (_, index) => field(`q${index}`, 'GREATER_THAN', integer(1)))),
  order('a..b'),
  order('__a__'),
  order(''),
  order('z', 'z'),
  order('__name__', 'z'),
  all(where(field('w', 'GREATER_THAN', integer(1))), order('z')),
  member('select', { fields: [{ fieldPath: 'a..b' }] }),
  member('select', { fields: [{ fieldPath: '' }] }),
  member('select', { fields: [{ fieldPath: '__a__' }] }),
  member('startAt', { values: [1, 2, 3, 4, 5, 6].map(integer) }),
  member('startAt', { values: [] }),
  all(order('__name__'), member('startAt', { values: [integer(1)] })),
  all(order('__name__'), member('endAt', { values: [{ referenceValue: OTHER }] })),
  all(order('z'), member('endAt', { values: [{}] })),
  member('findNearest', nearest({ queryVector: undefined })),
  member('findNearest', nearest({ distanceMeasure: 0 })),
  member('findNearest', nearest({ limit: { value: -1 } })),
  all(member('findNearest', nearest()), member('limit', { value: 2 })),
];

/** Aggregations that are wrong; `count` is the one that is not. */
const AGGREGATIONS: readonly Message[][] = [
  [],
  [{ alias: 'n' }],
  [{ count: {}, alias: '__a__' }],
  [
    { count: {}, alias: 'n' },
    { count: {}, alias: 'n' },
  ],
  [{ count: { upTo: { value: -1 } }, alias: 'n' }],
  [{ sum: { field: { fieldPath: 'a..b' } }, alias: 'n' }],
  [{ avg: { field: { fieldPath: 'p' } }, alias: 'n' }],
];

export function faultyQueryStep(prng: Prng): Step {
  const request: Query = { parent: ROOT, query: { from: [{ collectionId: 'c' }] } };
  const isAggregation = prng.chance(0.3);
  for (const fault of faults(prng, QUERY_FAULTS, isAggregation ? 0 : 1)) fault(request, prng);
  const { query: structuredQuery, ...rest } = request;
  if (!isAggregation) return { id: 'faults', rpc: 'RunQuery', request: { ...rest, structuredQuery } };
  const aggregations = prng.chance(0.5) ? prng.pick(AGGREGATIONS) : [{ count: {}, alias: 'n' }];
  return {
    id: 'faults',
    rpc: 'RunAggregationQuery',
    request: { ...rest, structuredAggregationQuery: { structuredQuery, aggregations } },
  };
}

interface Commit {
  database: string;
  transaction?: string;
  /** The first is the one that is broken; faults add others. */
  writes: Message[];
}

interface Update extends Message {
  update: { name: string; fields: Record<string, Message> };
  updateMask?: { fieldPaths: string[] };
  updateTransforms?: Message[];
}

const first = ({ writes }: Commit): Update => writes[0] as Update;

const named =
  (name: string): Fault<Commit> =>
  (request) => {
    first(request).update.name = name;
  };

const holding =
  (name: string, value: Message | ((prng: Prng) => Message)): Fault<Commit> =>
  (request, prng) => {
    first(request).update.fields[name] = typeof value === 'function' ? value(prng) : structuredClone(value);
  };

const masked =
  (...paths: string[]): Fault<Commit> =>
  (request) => {
    const write = first(request);
    write.updateMask = { fieldPaths: [...(write.updateMask?.fieldPaths ?? []), ...paths] };
  };

const transformed =
  (...transforms: Message[]): Fault<Commit> =>
  (request) => {
    const write = first(request);
    write.updateTransforms = [...(write.updateTransforms ?? []), ...structuredClone(transforms)];
  };

const expecting =
  (currentDocument: Message): Fault<Commit> =>
  (request) => {
    first(request).currentDocument = structuredClone(currentDocument);
  };

const besides =
  (...writes: Message[]): Fault<Commit> =>
  (request) => {
    request.writes.push(...structuredClone(writes));
  };

const COMMIT_FAULTS: readonly Fault<Commit>[] = [
  (request) => {
    request.database = `projects/${PROJECT}`;
  },
  (request) => {
    request.transaction = 'aGVsbG8=';
  },
  named(''),
  named(`${ROOT}/c`),
  named(OTHER),
  named(`${ROOT}/c/..`),
  named(`${ROOT}/c/__a__`),
  named(`${ROOT}/c/${LONG}`),
  named(`${ROOT}/${LONG}/d`),
  named(ROOT + '/c/d'.repeat(101)),
  holding('', integer(1)),
  holding('__a__', integer(1)),
  holding('p'.repeat(1501), integer(1)),
  holding('arrays', array(array(integer(1)))),
  holding('deep', (prng) => nested(prng, 21)),
  holding('empty', map({ '': integer(1) })),
  holding('inArray', array(map({ '': integer(1) }))),
  holding('unset', {}),
  holding('time', time('999999999999')),
  holding('geo', geo(91, 0)),
  holding('reference', { referenceValue: 'abc' }),
  holding('vector', map({ __type__: text('__vector__'), value: array(integer(1)) })),
  masked('a..b'),
  masked(''),
  masked('__a__'),
  masked('x', 'x'),
  masked('x', 'x.y'),
  expecting({ updateTime: { seconds: '-5' } }),
  expecting({ updateTime: { seconds: '100', nanos: 123 } }),
  expecting({ updateTime: { seconds: '100' } }),
  expecting({ updateTime: { seconds: '9000000000' } }),
  expecting({ exists: true }),
  transformed({ fieldPath: 't' }),
  transformed({ fieldPath: 'a..b', increment: integer(1) }),
  transformed({ fieldPath: '', increment: integer(1) }),
  transformed({ fieldPath: '__a__', increment: integer(1) }),
  transformed({ fieldPath: 't', increment: text('a') }),
  transformed({ fieldPath: 't', maximum: text('a') }),
  transformed({ fieldPath: 't', setToServerValue: 0 }),
  transformed({ fieldPath: 't', increment: {} }),
  transformed({ fieldPath: 't', appendMissingElements: { values: [array(integer(1))] } }),
  transformed({ fieldPath: 't', increment: integer(1) }, { fieldPath: 't', increment: integer(2) }),
  transformed({ fieldPath: 't', increment: integer(1) }, { fieldPath: 't.a', increment: integer(2) }),
  besides({}),
  besides({ delete: `${ROOT}/c/e`, updateMask: { fieldPaths: ['a'] } }),
  besides({ verify: `${ROOT}/c/e` }),
  besides({ transform: { document: `${ROOT}/c/e`, fieldTransforms: [] } }),
  besides({ delete: OTHER }),
  besides({ update: { name: `${ROOT}/c/missing` }, currentDocument: { exists: true } }),
  (request) => {
    request.writes.push({ verify: first(request).update.name, currentDocument: { exists: false } });
  },
];

export function faultyCommitStep(prng: Prng, base: string): Step {
  const request: Commit = {
    database: DATABASE,
    writes: [{ update: { name: `${base}/x/a`, fields: { x: map({ y: integer(1) }) } } }],
  };
  for (const fault of faults(prng, COMMIT_FAULTS, 1)) fault(request, prng);
  return { id: 'faults', rpc: 'Commit', request: { ...request } };
}

/** Two, as a rule. */
function faults<T>(prng: Prng, table: readonly Fault<T>[], least: number): Fault<T>[] {
  return Array.from({ length: Math.max(least, prng.pick([1, 2, 2, 2, 2, 3])) }, () => prng.pick(table));
}
