import { resourceExhausted } from '@telestack/errors';
import { parseJsonText } from '@telestack/json';
import type { Fields } from '@telestack/values';
import { keyColumns } from '../commit/execute.ts';
import type { DocumentKey } from '../commit/request.ts';
import type { Queryable } from '../database.ts';
import { giveInTurns } from '../give-in-turns.ts';
import { Parameters } from './parameters.ts';
import { READ_TIME, type StoredDocument } from './row.ts';
import { currentReadTime } from './run-query.ts';
import { joinNamed } from './source.ts';

export interface LookupResult {
  /** Microseconds. */
  readonly readTime: number;
  /** In the order of the keys; undefined for a missing document. */
  readonly documents: readonly (StoredDocument | undefined)[];
}

interface Waiting {
  readonly keys: readonly DocumentKey[];
  readonly resolve: (result: LookupResult) => void;
  readonly reject: (error: unknown) => void;
}

interface LookupRow {
  data: string | null;
  create_us: number | null;
  update_us: number | null;
  read_us: number;
}

/** Statements on their way at once: while they run, further lookups gather into the next. */
const CONCURRENCY = 4;
/**
 * Lookups that share a statement while there is room for further statements. The first of a burst are answered, and their callers at work
 * again, while the last still wait: all in one statement, callers and server would take turns.
 */
const SMALL_GROUP = 8;
const GROUP_KEYS = 500;
const QUEUE_LIMIT = 50_000;

/** Reads documents by name. Lookups that arrive together share a statement, and so a snapshot. */
export class Lookup {
  readonly #database: Queryable;
  #queue: Waiting[] = [];
  #running = 0;
  #isScheduled = false;

  constructor(database: Queryable) {
    this.#database = database;
  }

  /** The documents now. */
  read(keys: readonly DocumentKey[]): Promise<LookupResult> {
    if (this.#queue.length >= QUEUE_LIMIT) {
      return Promise.reject(resourceExhausted('Too many reads are waiting. Please try again.'));
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ keys, resolve, reject });
      if (this.#queue.length >= SMALL_GROUP && this.#running < CONCURRENCY) void this.#run();
      else this.#schedule();
    });
  }

  /** Lets what this turn of the event loop still brings join. */
  #schedule(): void {
    if (this.#isScheduled || this.#running >= CONCURRENCY) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      if (this.#queue.length > 0 && this.#running < CONCURRENCY) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#running++;
    while (this.#queue.length > 0) {
      const group = this.#nextGroup();
      try {
        const keys = group.flatMap((waiting) => waiting.keys);
        const { readTime, documents } = await readDocuments(this.#database, keys);
        let at = 0;
        const answers = group.map(({ keys, resolve }) => {
          const own = documents.slice(at, at + keys.length);
          at += keys.length;
          return () => resolve({ readTime, documents: own });
        });
        giveInTurns(answers);
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.#running--;
  }

  #nextGroup(): Waiting[] {
    const limit = this.#running < CONCURRENCY ? SMALL_GROUP : Number.POSITIVE_INFINITY;
    let keys = 0;
    let count = 0;
    for (const waiting of this.#queue) {
      keys += waiting.keys.length;
      if (count > 0 && (count >= limit || keys > GROUP_KEYS)) break;
      count++;
    }
    return this.#queue.splice(0, count);
  }
}

/** Documents by name, now or at a read time (microseconds). */
export async function readDocuments(
  database: Queryable,
  keys: readonly DocumentKey[],
  readTime?: number,
): Promise<LookupResult> {
  const parameters = new Parameters();
  const [databases, parents, collections, documents] = keyColumns(keys).map((column) =>
    parameters.add(column),
  );
  const { rows } = await database.query<LookupRow>(
    `SELECT d.data::text AS data, (extract(epoch FROM d.create_time) * 1000000)::bigint AS create_us,
        (extract(epoch FROM d.update_time) * 1000000)::bigint AS update_us, ${READ_TIME} AS read_us
      FROM unnest(${databases}::text[], ${parents}::text[], ${collections}::text[], ${documents}::text[])
        WITH ORDINALITY AS k(database, parent_path, collection_id, document_id, i)
      ${joinNamed(readTime, parameters)}
      ORDER BY k.i`,
    parameters.values,
  );
  return {
    readTime: readTime ?? rows[0]?.read_us ?? (await currentReadTime(database)),
    documents: rows.map((row, i) =>
      row.data === null
        ? undefined
        : {
            path: keys[i]!.path,
            fields: parseJsonText(row.data) as Fields,
            createTime: row.create_us!,
            updateTime: row.update_us!,
          },
    ),
  };
}
