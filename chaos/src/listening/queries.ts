import { Filter, type Firestore, type Query } from '@google-cloud/firestore';

/** Where the writers write, and what their documents look like. */
export const WORLD = {
  rooms: 4,
  documents: 40,
  collectionId: 'items',
  tags: ['red', 'green', 'blue', 'grey'],
};

type Build = (firestore: Firestore) => Query;

const room = (firestore: Firestore, n: number): Query =>
  firestore.collection(`rooms/r${n}/${WORLD.collectionId}`);
const group = (firestore: Firestore): Query => firestore.collectionGroup(WORLD.collectionId);

/**
 * Twenty queries of different kinds; several of them see every write. Inequalities name their order: the client library
 * sorts a listener's documents by the orders that it was given, without those that the server adds for inequalities.
 */
export const QUERIES: Record<string, Build> = {
  'whole collection': (f) => room(f, 0),
  'whole collection group': (f) => group(f),
  equality: (f) => room(f, 0).where('kind', '==', 1),
  'equality in the group': (f) => group(f).where('kind', '==', 2),
  range: (f) => room(f, 1).where('score', '>=', 30).where('score', '<', 70).orderBy('score'),
  'order and limit': (f) => room(f, 0).orderBy('score').limit(5),
  'order descending and limit': (f) => room(f, 1).orderBy('score', 'desc').limit(3),
  limitToLast: (f) => room(f, 0).orderBy('score').limitToLast(4),
  'limit in the group': (f) => group(f).orderBy('score').orderBy('kind', 'desc').limit(10),
  'limitToLast in the group': (f) => group(f).orderBy('score').limitToLast(6),
  'equality, order, limit': (f) => room(f, 2).where('kind', '==', 1).orderBy('score', 'desc').limit(4),
  in: (f) => room(f, 2).where('kind', 'in', [0, 3]),
  'not-in': (f) => room(f, 2).where('kind', 'not-in', [1, 2]).orderBy('kind'),
  '!=': (f) => room(f, 3).where('kind', '!=', 1).orderBy('kind', 'desc'),
  'array-contains': (f) => room(f, 3).where('tags', 'array-contains', 'red'),
  'array-contains-any and limit': (f) =>
    group(f).where('tags', 'array-contains-any', ['green', 'blue']).orderBy('score').limit(7),
  OR: (f) =>
    room(f, 1)
      .where(Filter.or(Filter.where('kind', '==', 0), Filter.where('score', '>', 80)))
      .orderBy('score'),
  'OR, order, limit in the group': (f) =>
    group(f)
      .where(Filter.or(Filter.where('kind', '==', 1), Filter.where('kind', '==', 3)))
      .orderBy('score')
      .limit(8),
  'cursors by name': (f) => room(f, 0).orderBy('__name__').startAt('d10').endBefore('d30'),
  'several inequalities': (f) =>
    room(f, 2).where('score', '>', 20).where('kind', '>', 0).orderBy('score').orderBy('kind').limit(9),
};

/** A query for a number of listeners: the list is used again and again. */
export function queryFor(firestore: Firestore, n: number): { name: string; query: Query } {
  const names = Object.keys(QUERIES);
  const name = names[n % names.length]!;
  return { name, query: QUERIES[name]!(firestore) };
}
