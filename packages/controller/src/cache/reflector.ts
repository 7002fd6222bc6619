import { setTimeout as delay } from 'node:timers/promises';
import { isExpired } from '../api/api-error.ts';
import type { ApiClient } from '../api/client.ts';
import type { KubeObject } from '../api/object.ts';
import { apiVersionOf, type Resource } from '../api/resource.ts';
import { type BackoffOptions, backoffMs } from '../backoff.ts';

/** What a reflector tells: the whole collection first, then its changes; again the whole collection when changes were missed. */
export interface ReflectorSink<T> {
  replace(objects: readonly T[]): void;
  upsert(object: T): void;
  remove(object: T): void;
}

export interface ReflectorOptions<T extends KubeObject> {
  readonly client: ApiClient;
  readonly resource: Resource;
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly sink: ReflectorSink<T>;
  readonly onList?: () => void;
  /** `retryInMs`: when it will try again. */
  readonly onFailure?: (what: 'list' | 'watch', error: unknown, retryInMs: number) => void;
  readonly pageSize?: number;
  readonly backoff?: BackoffOptions;
}

/** Short at most: after an outage nothing is seen for up to so long, and a request now and then costs a server that is down nothing. */
const BACKOFF: BackoffOptions = { minMs: 250, maxMs: 4_000, jitter: 0.5 };
/** How long the server is asked to keep a watch: random, so that watches do not all end at once. */
const WATCH_SECONDS = { min: 300, max: 600 };
/** A watch that has lived so long was healthy: the next failure is a first one. */
const HEALTHY_MS = 10_000;

/**
 * Keeps a sink equal to a collection of the API: lists it page by page, follows its changes, and never gives up. A watch that ends goes on from
 * where it was; only when the server no longer knows that version (410) is the collection listed again.
 */
export class Reflector<T extends KubeObject> {
  readonly #options: ReflectorOptions<T>;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #resourceVersion: string | undefined;
  #failures = 0;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
  }

  /** Where the sink is: everything up to this version is in it. */
  get resourceVersion(): string | undefined {
    return this.#resourceVersion;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const startedAt = performance.now();
      const what = this.#resourceVersion === undefined ? 'list' : 'watch';
      let changes = 0;
      try {
        if (this.#resourceVersion === undefined) {
          await this.#list();
          this.#failures = 0;
          continue;
        }
        changes = await this.#watch(this.#resourceVersion);
        // A server that ends watches as soon as they begin is no reason for a storm.
        if (changes > 0 || performance.now() - startedAt > HEALTHY_MS) this.#failures = 0;
        else await this.#pause(++this.#failures);
      } catch (error) {
        if (signal.aborted) return;
        if (isExpired(error)) this.#resourceVersion = undefined;
        if (performance.now() - startedAt > HEALTHY_MS) this.#failures = 0;
        await this.#pause(++this.#failures, what, error);
      }
    }
  }

  async #list(): Promise<void> {
    const { client, resource, namespace, labelSelector, fieldSelector, pageSize = 500 } = this.#options;
    const { signal } = this.#stop;
    const objects: T[] = [];
    let next: string | undefined;
    do {
      const query = { labelSelector, fieldSelector, limit: pageSize, continue: next };
      const page = await client.list<T>(resource, { namespace, query, signal }).catch((error: unknown) => {
        // The pages' version has expired on the way: everything at once, which costs more but does not expire.
        if (next === undefined || !isExpired(error)) throw error;
        objects.length = 0;
        return client.list<T>(resource, { namespace, query: { labelSelector, fieldSelector }, signal });
      });
      // Unlike those of a watch, the items of a list do not say what they are.
      const type = { apiVersion: apiVersionOf(resource), kind: resource.kind };
      for (const item of page.items) objects.push(Object.assign(item, type));
      next = page.metadata.continue || undefined;
      if (next === undefined) {
        this.#options.sink.replace(objects);
        this.#resourceVersion = page.metadata.resourceVersion ?? '';
      }
    } while (next !== undefined);
    this.#options.onList?.();
  }

  /** Resolves to the number of events when the server has ended the watch. */
  async #watch(resourceVersion: string): Promise<number> {
    const { client, resource, namespace, labelSelector, fieldSelector, sink } = this.#options;
    const { min, max } = WATCH_SECONDS;
    const timeoutSeconds = Math.round(min + Math.random() * (max - min));
    const query = {
      labelSelector,
      fieldSelector,
      resourceVersion,
      allowWatchBookmarks: true,
      timeoutSeconds,
    };
    let events = 0;
    for await (const event of client.watch<T>(resource, { namespace, query, signal: this.#stop.signal })) {
      if (event.type === 'ADDED' || event.type === 'MODIFIED') sink.upsert(event.object);
      else if (event.type === 'DELETED') sink.remove(event.object);
      this.#resourceVersion = event.object.metadata.resourceVersion ?? this.#resourceVersion;
      events++;
    }
    return events;
  }

  async #pause(failures: number, what?: 'list' | 'watch', error?: unknown): Promise<void> {
    const ms = backoffMs(failures, this.#options.backoff ?? BACKOFF);
    if (what !== undefined) this.#options.onFailure?.(what, error, ms);
    await delay(ms, undefined, { signal: this.#stop.signal }).catch(() => {});
  }
}
