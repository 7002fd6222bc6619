import { ROOT } from '../case.ts';
import type { Prng } from '../prng.ts';
import type { Message } from '../wire.ts';
import { documentId } from './names.ts';
import { array, bool, double, fields, integer, map, nothing, scalar, text, value, vector } from './values.ts';

/** Fields that queries know. Their values come from small domains, so that filters match and orders have ties. */
export const QUERY_FIELDS = ['a', 'b', 'c', 'n', 's', 'list', 'm.x', 'm.y', '`x.y`', 'any'] as const;

export function smallNumber(prng: Prng): Message {
  return prng.chance(0.7)
    ? integer(prng.int(0, 4))
    : double(prng.pick([0, 1, 1.5, 2, 2.5, '-0', 'NaN', 'Infinity']));
}

export function smallText(prng: Prng): Message {
  return text(prng.pick(['', 'a', 'aa', 'ab', 'b', 'é', '😀', '\uffff', 'x']));
}

/** A value as the documents of the query worlds have it in the field. */
export function fieldValue(prng: Prng, field: string): Message {
  switch (field) {
    case 'n':
      return prng.chance(0.9) ? smallNumber(prng) : scalar(prng);
    case 's':
      return prng.chance(0.9) ? smallText(prng) : scalar(prng);
    case 'list':
      return prng.chance(0.9) ? array(...prng.list(0, 4, () => element(prng))) : value(prng, 1);
    case 'any':
      return value(prng, 2);
    default:
      return prng.weighted<() => Message>([
        [5, () => integer(prng.int(0, 3))],
        [1, () => smallNumber(prng)],
        [1, nothing],
        [1, () => bool(prng.chance(0.5))],
        [1, () => smallText(prng)],
        [1, () => scalar(prng)],
      ])();
  }
}

/** A vector of two dimensions mostly: vector search takes those of one length. */
export function smallVector(prng: Prng): Message {
  return vector(...prng.list(prng.chance(0.9) ? 2 : 1, 2, () => prng.pick([0, 1, 2, -1, 0.5, '-0'])));
}

/** An element of the `list` field. */
export function element(prng: Prng): Message {
  return prng.weighted<() => Message>([
    [6, () => smallNumber(prng)],
    [3, () => smallText(prng)],
    [1, nothing],
    [1, () => map({ x: smallNumber(prng) })],
    [1, () => scalar(prng)],
  ])();
}

function body(prng: Prng): Record<string, Message> {
  const out: Record<string, Message> = {};
  const inner: Record<string, Message> = {};
  for (const field of QUERY_FIELDS) {
    if (prng.chance(0.25)) continue;
    if (field === 'm.x') inner.x = fieldValue(prng, field);
    else if (field === 'm.y') inner.y = fieldValue(prng, field);
    else if (field === '`x.y`') out['x.y'] = fieldValue(prng, field);
    else out[field] = fieldValue(prng, field);
  }
  if (prng.chance(0.4)) out.v = smallVector(prng);
  if (prng.chance(0.8)) out.m = map(inner);
  if (prng.chance(0.3)) Object.assign(out, fields(prng, 0, 2));
  return out;
}

/** Names of collections in a world, and where they are. `c` is at several depths, for collection groups. */
export const COLLECTIONS = ['c', 'd', 'e'] as const;

/** Paths of documents in a world, below the root: some have missing parents. */
export function worldPaths(prng: Prng, count: number): string[] {
  const paths = new Set<string>();
  while (paths.size < count) {
    const top = `${prng.weighted([
      [6, 'c'],
      [2, 'd'],
      [1, 'e'],
    ])}/${documentId(prng)}`;
    if (prng.chance(0.7))
      paths.add(prng.chance(0.7) ? top : `${prng.pick(['c', 'd'])}/k${prng.int(0, count)}`);
    else paths.add(`${top}/${prng.pick(['c', 'd', 'sub'])}/${documentId(prng)}`);
  }
  return [...paths];
}

export interface World {
  setup: Message[];
  /** Names of the documents that exist. */
  names: string[];
}

export function world(prng: Prng, count: number): World {
  const names = worldPaths(prng, count).map((path) => `${ROOT}/${path}`);
  return { names, setup: names.map((name) => ({ update: { name, fields: body(prng) } })) };
}
