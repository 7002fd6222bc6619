import { setTimeout as sleep } from 'node:timers/promises';
import { type IndexSpec, indexFor, type Query } from '@telestack/query';
import { storedPath } from '@telestack/values';
import type { Queryable } from '../database.ts';
import { Parameters } from '../read/parameters.ts';
import { scopeSql } from '../read/query-sql.ts';
import type { IndexBuilder } from './builder.ts';
import { type IndexDefinition, indexDefinitions } from './definition.ts';

export interface IndexAdvisorOptions {
  readonly database: Queryable;
  readonly builder: Pick<IndexBuilder, 'build' | 'waiting'>;
  readonly onBuilt?: (name: string, milliseconds: number) => void;
  readonly onError?: (error: unknown) => void;
  /** A collection that has so many indexes gets no more by queries: each of them costs every write. Default 64. */
  readonly mostOfCollection?: number;
  /** After about this time what could not be built is tried again: what is declared by itself, the rest when a query asks. Default a minute. */
  readonly retryMs?: number;
}

/** A query that is faster than this is not worth an index. */
const SLOW_MILLISECONDS = 5;
/** Scanning fewer documents than this is as good as an index. */
const LARGE_COLLECTION = 500;
const QUEUE_LIMIT = 100;
/** Definitions that were looked at; bounded, since queries come from clients. */
const KNOWN_LIMIT = 5_000;
const MOST_OF_COLLECTION = 64;
const RETRY_MS = 60_000;

/** Has the indexes built that are declared, and those that slow queries ask for. */
export class IndexAdvisor {
  readonly #options: IndexAdvisorOptions;
  /** Definitions that need no look before the time; milliseconds of performance.now(). */
  readonly #known = new Map<string, number>();
  #isClosed = false;

  constructor(options: IndexAdvisorOptions) {
    this.#options = options;
  }

  /** Told of every query that ran and how long it took. */
  observe(query: Query, milliseconds: number): void {
    if (milliseconds < SLOW_MILLISECONDS || query.collectionId === '' || this.#isClosed) return;
    if (this.#options.builder.waiting >= QUEUE_LIMIT) return;
    const wanted = this.#claim(indexFor(query).flatMap(indexDefinitions));
    if (wanted.length === 0) return;
    void this.#advise(query, wanted);
  }

  /** Somebody wants these, whatever queries there are. */
  declare(specs: readonly IndexSpec[]): void {
    for (const definition of this.#claim(specs.flatMap(indexDefinitions))) void this.#untilBuilt(definition);
  }

  /** From now on nothing is asked for. */
  close(): void {
    this.#isClosed = true;
  }

  /** Those that nobody looks after; from now on somebody does. */
  #claim(definitions: readonly IndexDefinition[]): IndexDefinition[] {
    const now = performance.now();
    const wanted = definitions.filter(({ name }) => now >= (this.#known.get(name) ?? 0));
    if (this.#known.size > KNOWN_LIMIT) this.#known.clear();
    for (const { name } of wanted) this.#known.set(name, Number.POSITIVE_INFINITY);
    return wanted;
  }

  async #advise(query: Query, wanted: readonly IndexDefinition[]): Promise<void> {
    try {
      if (!(await this.#isLarge(query))) {
        // It may grow: ask again next time.
        for (const { name } of wanted) this.#known.delete(name);
      } else if (await this.#hasRoom(query)) {
        await Promise.all(wanted.map((definition) => this.#build(definition)));
      }
    } catch (error) {
      this.#failed(wanted, error);
    }
  }

  async #untilBuilt(definition: IndexDefinition): Promise<void> {
    while (!(await this.#build(definition)) && !this.#isClosed)
      await sleep(this.#retryAfter(), undefined, { ref: false });
  }

  /** False when it could not be built. */
  async #build(definition: IndexDefinition): Promise<boolean> {
    try {
      const milliseconds = await this.#options.builder.build(definition);
      if (milliseconds !== undefined) this.#options.onBuilt?.(definition.name, milliseconds);
      return true;
    } catch (error) {
      this.#failed([definition], error);
      return false;
    }
  }

  #failed(definitions: readonly IndexDefinition[], error: unknown): void {
    if (this.#isClosed) return;
    const retryAt = performance.now() + this.#retryAfter();
    for (const { name } of definitions) this.#known.set(name, retryAt);
    this.#options.onError?.(error);
  }

  #retryAfter(): number {
    return (this.#options.retryMs ?? RETRY_MS) * (0.5 + Math.random());
  }

  async #hasRoom({ collectionId }: Query): Promise<boolean> {
    const { rows } = await this.#options.database.query<{ n: number }>(
      `SELECT count(*) AS n FROM pg_index WHERE indrelid = 'telestack.documents'::regclass
         AND pg_get_expr(indpred, indrelid) = format('(collection_id = %L::text)', $1::text)`,
      [storedPath(collectionId)],
    );
    return Number(rows[0]!.n) < (this.#options.mostOfCollection ?? MOST_OF_COLLECTION);
  }

  /** Counts the query's scope, but no further than it must. */
  async #isLarge(query: Query): Promise<boolean> {
    const parameters = new Parameters();
    const { from, where } = scopeSql(
      { ...query, filter: undefined, orders: [], start: undefined, end: undefined },
      parameters,
    );
    const { rows } = await this.#options.database.query<{ n: number }>(
      `SELECT count(*) AS n FROM (SELECT 1 FROM ${from} WHERE ${where} LIMIT ${LARGE_COLLECTION}) AS scope`,
      parameters.values,
    );
    return Number(rows[0]!.n) >= LARGE_COLLECTION;
  }
}
