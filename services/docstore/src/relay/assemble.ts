import type { PgOutputMessage, Relation, Tuple, UNCHANGED } from '@telestack/pg';
import type { Change, Commit } from '@telestack/protos/telestack/changes/v1/changes.ts';
import { pathOfStored } from '@telestack/values';
import { parseTimestamp } from './timestamp.ts';

/** What a PostgreSQL transaction did to documents. */
export interface AssembledTransaction {
  /** Its row in telestack.commits; microseconds. */
  readonly time: number;
  /** In order of their commit times. */
  readonly commits: readonly Commit[];
  /** Projects whose rules it has changed. */
  readonly releasedProjects: readonly string[];
  /** Too large to be told: its commits are missing. */
  readonly isCut: boolean;
}

/** A process that cannot hold a transaction would be killed by it, and so would the next one that relays it. */
const MAX_BYTES = 128 * 1024 * 1024;
/** Objects around a change, roughly. */
const CHANGE_BYTES = 500;

interface Metadata {
  /** Of the first commit; microseconds. */
  readonly time?: number;
  readonly traces?: readonly (readonly [position: number, traceparent: string])[];
  readonly released?: readonly string[];
  /** Deleted rows: those of one document in the order of their deletion. */
  readonly deletes?: readonly (readonly [position: number, database: string, path: string])[];
}

interface Entry {
  readonly database: string;
  /** Undefined for a deletion, whose row does not tell. */
  readonly time: number | undefined;
  readonly change: Change;
}

/**
 * Turns the log's messages of one transaction into commits. Rows say which commit wrote them by their update time. A SQL writer's rows are
 * first written with the time 'infinity' and stamped at its commit; only the stamped version counts.
 */
export class TransactionAssembler {
  #time: number | undefined;
  #metadata: Metadata | undefined;
  #entries: Entry[] = [];
  /** Data of rows that wait for their stamp: the stamping update does not repeat a large value. */
  #unstamped = new Map<string, Uint8Array>();
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes = MAX_BYTES) {
    this.#maxBytes = maxBytes;
  }

  get #isCut(): boolean {
    return this.#bytes > this.#maxBytes;
  }

  add(message: PgOutputMessage): void {
    switch (message.tag) {
      case 'message':
        if (message.prefix === 'telestack')
          this.#addMetadata(JSON.parse(new TextDecoder().decode(message.content)) as Metadata);
        return;
      case 'insert':
        if (message.relation.name === 'commits')
          this.#time = parseTimestamp(columnsOf(message.relation, message.new).time);
        else if (message.relation.name === 'documents') this.#write(columnsOf(message.relation, message.new));
        return;
      case 'update':
        if (message.relation.name !== 'documents') return;
        if (message.key) this.#delete(columnsOf(message.relation, message.key));
        this.#write(columnsOf(message.relation, message.new));
        return;
      case 'delete':
        if (message.relation.name === 'documents')
          this.#delete(columnsOf(message.relation, (message.key ?? message.old)!));
        return;
    }
  }

  /** The transaction, once its commit has come; undefined when it is none of documents. */
  finish(): AssembledTransaction | undefined {
    if (this.#time === undefined) return undefined;
    const last = this.#time;
    const releasedProjects = this.#metadata?.released ?? [];
    if (this.#isCut) return { time: last, commits: [], releasedProjects, isCut: true };
    // The i-th commit of a group has the time of the first + i; the row in telestack.commits has the last one's.
    const commits = new Map<string, Commit>();
    const latest = new Map<string, Map<string, Change>>();
    const deletions = this.#deletions();
    for (const { database, time: written, change } of this.#entries) {
      const time = written ?? deletions.get(`${database}/${change.path}`)?.shift() ?? last;
      const key = `${time} ${database}`;
      if (!commits.has(key)) {
        commits.set(key, { database, time: BigInt(time), changes: [], traceparent: '' });
        latest.set(key, new Map());
      }
      // Within one commit the last change of a document is what readers see.
      latest.get(key)!.set(change.path, change);
    }
    for (const [key, commit] of commits) commit.changes = [...latest.get(key)!.values()];
    const ordered = [...commits.values()].sort((a, b) => Number(a.time - b.time));
    for (const [position, traceparent] of this.#metadata?.traces ?? []) {
      const time = this.#metadata!.time! + position;
      for (const commit of ordered) if (Number(commit.time) === time) commit.traceparent = traceparent;
    }
    return { time: last, commits: ordered, releasedProjects, isCut: false };
  }

  /** Times of the deletions of each document. */
  #deletions(): Map<string, number[]> {
    const times = new Map<string, number[]>();
    for (const [position, database, path] of this.#metadata?.deletes ?? []) {
      const key = `${database}/${pathOfStored(path)}`;
      times.set(key, [...(times.get(key) ?? []), this.#metadata!.time! + position]);
    }
    return times;
  }

  /** A transaction can release several projects, with a message each. */
  #addMetadata(metadata: Metadata): void {
    const released = [...(this.#metadata?.released ?? []), ...(metadata.released ?? [])];
    this.#metadata = { ...this.#metadata, ...metadata, released };
  }

  /** False from the change on that makes the transaction too large: what was kept of it is let go. */
  #hasRoomFor(bytes: number): boolean {
    this.#bytes += CHANGE_BYTES + bytes;
    if (!this.#isCut) return true;
    this.#entries = [];
    this.#unstamped.clear();
    return false;
  }

  #write(row: Columns): void {
    const { database, path } = nameOf(row);
    const key = `${database}/${path}`;
    const updateTime = parseTimestamp(row.update_time);
    if (!this.#hasRoomFor(typeof row.data === 'string' ? row.data.length : 0)) return;
    const data = typeof row.data === 'string' ? Buffer.from(row.data) : this.#unstamped.get(key);
    if (updateTime === Number.POSITIVE_INFINITY) {
      if (data) this.#unstamped.set(key, data);
      return;
    }
    this.#unstamped.delete(key);
    const state: Change['state'] = data ? { $case: 'data', data } : { $case: 'reference', reference: true };
    const createTime = BigInt(parseTimestamp(row.create_time));
    this.#entries.push({ database, time: updateTime, change: { path, state, createTime } });
  }

  #delete(row: Columns): void {
    const { database, path } = nameOf(row);
    this.#unstamped.delete(`${database}/${path}`);
    if (!this.#hasRoomFor(0)) return;
    this.#entries.push({
      database,
      time: undefined,
      change: { path, state: { $case: 'deleted', deleted: true }, createTime: 0n },
    });
  }
}

type Columns = Record<string, string | null | typeof UNCHANGED | undefined>;

function columnsOf(relation: Relation, tuple: Tuple): Columns {
  const columns: Columns = {};
  relation.columns.forEach(({ name }, i) => {
    columns[name] = tuple[i];
  });
  return columns;
}

function nameOf(row: Columns): { database: string; path: string } {
  const {
    database,
    parent_path: parent,
    collection_id: collection,
    document_id: id,
  } = row as Record<string, string>;
  return {
    database: database!,
    path: pathOfStored(parent === '' ? `${collection}/${id}` : `${parent}/${collection}/${id}`),
  };
}
