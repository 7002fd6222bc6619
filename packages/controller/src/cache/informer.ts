import type { ApiClient } from '../api/client.ts';
import { type KubeObject, keyOf } from '../api/object.ts';
import type { Resource } from '../api/resource.ts';
import { Reflector, type ReflectorOptions } from './reflector.ts';
import { type IndexFunction, Store } from './store.ts';

export interface Change<T> {
  readonly type: 'add' | 'update' | 'delete' | 'resync';
  readonly object: T;
  readonly before: T | undefined;
  /** It was there before the informer: not news. */
  readonly isInitial: boolean;
}

export type ChangeHandler<T> = (change: Change<T>) => void;

export interface InformerOptions<T extends KubeObject>
  extends Pick<
    ReflectorOptions<T>,
    'namespace' | 'labelSelector' | 'fieldSelector' | 'onFailure' | 'backoff'
  > {
  readonly client: ApiClient;
  readonly resource: Resource;
  readonly indexes?: Readonly<Record<string, IndexFunction<T>>>;
  /** What is kept of an object; leaving out what nobody reads saves memory. Default: all but managedFields. */
  readonly transform?: (object: T) => T;
  /** Every object is told again this often, in case a handler lost one. Default: 10 hours. */
  readonly resyncMs?: number;
  readonly onList?: () => void;
}

const RESYNC_MS = 10 * 3_600_000;

/** One watch of a collection shared by all who want to know of it: a store that is kept up to date, and handlers told of each change. */
export class Informer<T extends KubeObject> {
  readonly resource: Resource;
  readonly store: Store<T>;
  readonly #reflector: Reflector<T>;
  readonly #handlers = new Set<ChangeHandler<T>>();
  readonly #transform: (object: T) => T;
  readonly #resyncMs: number;
  readonly #synced = Promise.withResolvers<void>();
  #hasSynced = false;
  #resyncTimer: NodeJS.Timeout | undefined;

  constructor(options: InformerOptions<T>) {
    this.resource = options.resource;
    this.store = new Store(options.indexes);
    this.#transform = options.transform ?? withoutManagedFields;
    this.#resyncMs = options.resyncMs ?? RESYNC_MS;
    this.#reflector = new Reflector({
      ...options,
      sink: {
        replace: (objects) => this.#replace(objects),
        upsert: (object) => this.#upsert(object),
        remove: (object) => this.#remove(keyOf(object), object),
      },
    });
  }

  /** True once the store holds a whole list. */
  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  /** Resolves when the store holds a whole list; never when it is stopped before. */
  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  /** Calls the handler for every object that is known and every change from now on. Returns what takes it off. */
  addHandler(handler: ChangeHandler<T>): () => void {
    for (const object of this.store.values())
      handler({ type: 'add', object, before: undefined, isInitial: true });
    this.#handlers.add(handler);
    return () => this.#handlers.delete(handler);
  }

  start(): void {
    this.#reflector.start();
    this.#resyncTimer ??= setInterval(
      () => this.#resync(),
      this.#resyncMs * (0.9 + Math.random() * 0.2),
    ).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#resyncTimer);
    await this.#reflector.stop();
  }

  #replace(objects: readonly T[]): void {
    const isInitial = !this.#hasSynced;
    const gone = new Set(this.store.keys());
    for (const object of objects) {
      gone.delete(keyOf(object));
      this.#upsert(object, isInitial);
    }
    // Deleted while nobody watched: the last known state is all there is to tell.
    for (const key of gone) this.#remove(key, this.store.get(key)!);
    this.#hasSynced = true;
    this.#synced.resolve();
  }

  #upsert(raw: T, isInitial = false): void {
    const object = this.#transform(raw);
    const before = this.store.get(keyOf(object));
    // A new list tells again what is known already.
    if (before !== undefined && before.metadata.resourceVersion === object.metadata.resourceVersion) return;
    this.store.set(object);
    this.#tell({ type: before === undefined ? 'add' : 'update', object, before, isInitial });
  }

  #remove(key: string, last: T): void {
    const before = this.store.delete(key);
    if (before !== undefined)
      this.#tell({ type: 'delete', object: this.#transform(last), before, isInitial: false });
  }

  #resync(): void {
    for (const object of this.store.values())
      this.#tell({ type: 'resync', object, before: object, isInitial: true });
  }

  #tell(change: Change<T>): void {
    for (const handler of this.#handlers) handler(change);
  }
}

function withoutManagedFields<T extends KubeObject>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
