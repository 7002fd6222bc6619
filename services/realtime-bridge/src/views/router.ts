import { isNameField, type Query, routingPredicates } from '@telestack/query';
import { type FieldPath, formatFieldPath, getField, type Json, sortKey } from '@telestack/values';
import type { DocumentChange } from '../feed/commit.ts';
import type { DocumentState } from '../feed/document-state.ts';

/** Where a view's documents are. */
export type Scope =
  | { readonly kind: 'query'; readonly query: Query }
  | { readonly kind: 'documents'; readonly database: string; readonly paths: ReadonlySet<string> };

/** Views whose filters ask for values of the same fields. */
interface ValueIndex<V> {
  readonly fields: readonly FieldPath[];
  readonly byValues: Map<string, Set<V>>;
}

/** The views of one collection, or of one collection group. */
interface Bucket<V> {
  /** Views that want every change. */
  readonly every: Set<V>;
  /** Views whose documents have certain values, by the names of the fields. */
  readonly byFields: Map<string, ValueIndex<V>>;
}

/**
 * Finds the views that a change may touch, without looking at the others: by collection and collection group, inside by the values that a view's filter
 * asks for, by document name, and by the documents that a view has (a change can make a document leave).
 */
export class Router<V> {
  readonly #buckets = new Map<string, Bucket<V>>();
  readonly #byName = new Map<string, Set<V>>();
  readonly #byMember = new Map<string, Set<V>>();
  #views = 0;

  /** Routes every change in the view's collection to it: for a view that does not know its documents yet. */
  addForEvery(view: V, scope: Scope): void {
    this.#views++;
    if (scope.kind === 'documents') {
      for (const path of scope.paths) addTo(this.#byName, `${scope.database}\0${path}`, view);
    } else this.#bucket(bucketKey(scope.query)).every.add(view);
  }

  removeForEvery(view: V, scope: Scope): void {
    this.#views--;
    if (scope.kind === 'documents') {
      for (const path of scope.paths) deleteFrom(this.#byName, `${scope.database}\0${path}`, view);
    } else {
      const key = bucketKey(scope.query);
      const bucket = this.#bucket(key);
      bucket.every.delete(view);
      this.#dropIfEmpty(key, bucket);
    }
  }

  /**
   * Routes by value where the view's filter allows it. False when it does not: then the view stays with every change. The view's members
   * have to be made known.
   */
  addByValue(view: V, scope: Scope): boolean {
    const routes = scope.kind === 'query' ? routesOf(scope.query) : undefined;
    if (!routes || scope.kind !== 'query') return false;
    this.#views++;
    const bucket = this.#bucket(bucketKey(scope.query));
    for (const { names, fields, values } of routes) {
      let index = bucket.byFields.get(names);
      if (!index) {
        index = { fields, byValues: new Map() };
        bucket.byFields.set(names, index);
      }
      addTo(index.byValues, values, view);
    }
    return true;
  }

  removeByValue(view: V, scope: Scope): void {
    const routes = scope.kind === 'query' ? routesOf(scope.query) : undefined;
    if (!routes || scope.kind !== 'query') return;
    this.#views--;
    const key = bucketKey(scope.query);
    const bucket = this.#bucket(key);
    for (const { names, values } of routes) {
      const index = bucket.byFields.get(names);
      if (!index) continue;
      deleteFrom(index.byValues, values, view);
      if (index.byValues.size === 0) bucket.byFields.delete(names);
    }
    this.#dropIfEmpty(key, bucket);
  }

  addMember(view: V, database: string, path: string): void {
    addTo(this.#byMember, `${database}\0${path}`, view);
  }

  removeMember(view: V, database: string, path: string): void {
    deleteFrom(this.#byMember, `${database}\0${path}`, view);
  }

  /** Whether any view could be touched by a change of this document. */
  isWatched(database: string, path: string): boolean {
    if (this.#byName.has(`${database}\0${path}`) || this.#byMember.has(`${database}\0${path}`)) return true;
    return bucketKeysOf(database, path).some((key) => this.#buckets.has(key));
  }

  /** Calls `visit` with each view that the change may touch; a view can come more than once. */
  route(database: string, change: DocumentChange, visit: (view: V) => void): void {
    if (this.#views === 0) return;
    const key = `${database}\0${change.path}`;
    this.#byName.get(key)?.forEach(visit);
    this.#byMember.get(key)?.forEach(visit);
    for (const bucketKey of bucketKeysOf(database, change.path)) {
      const bucket = this.#buckets.get(bucketKey);
      if (!bucket) continue;
      bucket.every.forEach(visit);
      const { state } = change;
      if (!state) continue;
      for (const { fields, byValues } of bucket.byFields.values()) {
        const values = valuesKey(fields.map((field) => fieldValue(state, field)));
        if (values !== undefined) byValues.get(values)?.forEach(visit);
      }
    }
  }

  /** Entries of all indexes; 0 when every view has left. */
  get size(): number {
    return this.#buckets.size + this.#byName.size + this.#byMember.size;
  }

  #bucket(key: string): Bucket<V> {
    let bucket = this.#buckets.get(key);
    if (!bucket) {
      bucket = { every: new Set(), byFields: new Map() };
      this.#buckets.set(key, bucket);
    }
    return bucket;
  }

  #dropIfEmpty(key: string, bucket: Bucket<V>): void {
    if (bucket.every.size === 0 && bucket.byFields.size === 0) this.#buckets.delete(key);
  }
}

interface Route {
  readonly names: string;
  readonly fields: readonly FieldPath[];
  readonly values: string;
}

/** The equalities of each alternative of the filter; undefined when an alternative has none. */
function routesOf(query: Query): Route[] | undefined {
  const alternatives = routingPredicates(query);
  if (alternatives.some((predicates) => predicates.length === 0)) return undefined;
  return alternatives.map((predicates) => {
    const sorted = predicates
      .map(({ field, value }) => ({ field, value, name: formatFieldPath(field) }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    return {
      names: sorted.map(({ name }) => name).join(','),
      fields: sorted.map(({ field }) => field),
      values: valuesKey(sorted.map(({ value }) => value))!,
    };
  });
}

const fieldValue = (state: DocumentState, field: FieldPath): Json | undefined =>
  isNameField(field) ? { $ref: state.name } : getField(state.fields, field);

/** Undefined when a value is missing. */
function valuesKey(values: readonly (Json | undefined)[]): string | undefined {
  let key = '';
  for (const value of values) {
    if (value === undefined) return undefined;
    const part = sortKey(value);
    key += `${part.length}:${part}`;
  }
  return key;
}

const collectionKey = (database: string, collection: string): string => `${database}\0c\0${collection}`;
const groupKey = (database: string, collectionId: string): string => `${database}\0g\0${collectionId}`;

function bucketKey({ database, parentPath, collectionId, allDescendants }: Query): string {
  if (allDescendants || collectionId === '') return groupKey(database, collectionId);
  return collectionKey(database, parentPath === '' ? collectionId : `${parentPath}/${collectionId}`);
}

/** The document's collection, its collection group, and the group of all collections. */
function bucketKeysOf(database: string, path: string): string[] {
  const collection = path.slice(0, path.lastIndexOf('/'));
  const collectionId = collection.slice(collection.lastIndexOf('/') + 1);
  return [collectionKey(database, collection), groupKey(database, collectionId), groupKey(database, '')];
}

function addTo<V>(index: Map<string, Set<V>>, key: string, view: V): void {
  const views = index.get(key);
  if (views) views.add(view);
  else index.set(key, new Set([view]));
}

function deleteFrom<V>(index: Map<string, Set<V>>, key: string, view: V): void {
  const views = index.get(key);
  if (views?.delete(view) && views.size === 0) index.delete(key);
}
