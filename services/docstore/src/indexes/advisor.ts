import { indexFor, type Query } from '@telestack/query';
import type { Queryable } from '../database.ts';
import { Parameters } from '../read/parameters.ts';
import { scopeSql } from '../read/query-sql.ts';
import { type IndexDefinition, indexDefinitions } from './definition.ts';

export interface IndexAdvisorOptions {
  /** A statement without a time limit: building an index on a large table takes minutes. */
  readonly database: Queryable;
  readonly onBuilt?: (name: string, milliseconds: number) => void;
  readonly onError?: (error: unknown) => void;
}

/** A query that is faster than this is not worth an index. */
const SLOW_MILLISECONDS = 5;
/** Scanning fewer documents than this is as good as an index. */
const LARGE_COLLECTION = 500;
const QUEUE_LIMIT = 100;
/** Definitions that were looked at; bounded, since queries come from clients. */
const KNOWN_LIMIT = 5_000;

/** Builds the indexes that slow queries ask for, one at a time and without blocking writers. */
export class IndexAdvisor {
  readonly #options: IndexAdvisorOptions;
  readonly #known = new Set<string>();
  #queue: IndexDefinition[] = [];
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(options: IndexAdvisorOptions) {
    this.#options = options;
  }

  /** Told of every query that ran and how long it took. */
  observe(query: Query, milliseconds: number): void {
    if (milliseconds < SLOW_MILLISECONDS || query.collectionId === '' || this.#closed) return;
    const wanted = indexFor(query)
      .flatMap(indexDefinitions)
      .filter(({ name }) => !this.#known.has(name));
    if (wanted.length === 0 || this.#queue.length >= QUEUE_LIMIT) return;
    if (this.#known.size > KNOWN_LIMIT) this.#known.clear();
    for (const { name } of wanted) this.#known.add(name);
    this.#isLarge(query).then(
      (large) => {
        if (large) this.#enqueue(wanted);
        // It may grow: ask again next time.
        else for (const { name } of wanted) this.#known.delete(name);
      },
      (error) => this.#options.onError?.(error),
    );
  }

  /** Resolves when nothing is being built. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running;
  }

  close(): void {
    this.#closed = true;
    this.#queue = [];
  }

  #enqueue(definitions: readonly IndexDefinition[]): void {
    this.#queue.push(...definitions);
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) {
      const started = performance.now();
      try {
        await this.#options.database.query(next.sql);
        // The planner needs statistics of the new expressions.
        await this.#options.database.query('ANALYZE telestack.documents');
        this.#options.onBuilt?.(next.name, performance.now() - started);
      } catch (error) {
        this.#options.onError?.(error);
      }
    }
    this.#running = undefined;
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
