import { setTimeout as delay } from 'node:timers/promises';
import {
  type DocumentReference,
  type DocumentSnapshot,
  FieldValue,
  type Firestore,
  type Query,
} from '@google-cloud/firestore';
import { codeOf, isRefusal } from '../clients.ts';
import type { Progress } from '../durability/progress.ts';
import type { Random } from '../random.ts';
import type { Counts } from '../verdict.ts';
import type { History, MicroOp, Pending } from './history.ts';
import type { Lists } from './lists.ts';

export interface ClientOptions {
  /** Longest time, in ms, that a transaction stays open between its steps; 0 for none. */
  hold: number;
  /** The broken control: reads and appends without a transaction. */
  bypass: boolean;
  /** Connections may break: a refusal may answer the second sending of an applied commit. */
  faults: boolean;
}

/** The reads of one operation, by transaction or directly. */
interface Reader {
  get: (document: DocumentReference) => Promise<DocumentSnapshot>;
  getAll: (...documents: DocumentReference[]) => Promise<DocumentSnapshot[]>;
  query: (query: Query) => Promise<{ docs: DocumentSnapshot[] }>;
}

const KINDS = ['read-write', 'read-only', 'direct read', 'blind append'] as const;
type Kind = (typeof KINDS)[number];

/** What all clients of a run work on. */
export interface Shared {
  readonly lists: Lists;
  readonly history: History;
  readonly counts: Counts;
  /** Commits of anybody. */
  readonly commits: Progress;
  /** Of each transaction that was held open until its commit: how many commits of others it has outlasted. */
  readonly crossed: { readonly committed: number[]; readonly aborted: number[] };
}

/** One client: performs one random operation after the other and records it. */
export class ListClient {
  readonly #firestore: Firestore;
  readonly #random: Random;
  readonly #lists: Lists;
  readonly #history: History;
  readonly #options: ClientOptions;
  readonly #counts: Counts;
  readonly #commits: Progress;
  readonly #crossed: Shared['crossed'];
  #process: number;

  constructor(firestore: Firestore, random: Random, shared: Shared, options: ClientOptions) {
    this.#firestore = firestore;
    this.#random = random;
    this.#lists = shared.lists;
    this.#history = shared.history;
    this.#counts = shared.counts;
    this.#commits = shared.commits;
    this.#crossed = shared.crossed;
    this.#options = options;
    this.#process = shared.history.newProcess();
  }

  async run(running: () => boolean): Promise<void> {
    while (running()) await this.step();
  }

  /** One operation; every way in which it can end is recorded. */
  async step(): Promise<void> {
    const random = this.#random;
    const kind: Kind = random.chance(0.6) ? 'read-write' : random.pick(KINDS);
    const keys = this.#keys(kind);
    const appends: MicroOp[] =
      kind === 'read-write' || kind === 'blind append'
        ? random
            .distinct(1 + random.below(2), keys.length)
            .map((n) => ['append', keys[n]!, this.#lists.value()])
        : [];
    const reads: MicroOp[] = kind === 'blind append' ? [] : keys.map((key) => ['r', key, null]);
    const pending = this.#history.invoke(this.#process, [...reads, ...appends]);
    const progress = { committing: false };
    const before = this.#commits.count;
    try {
      const values = await this.#perform(kind, keys, appends, progress);
      const read: MicroOp[] = reads.map(([, key]) => ['r', key, values.get(key) ?? []]);
      this.#history.complete(pending, 'ok', [...read, ...appends]);
      this.#counts.add(`${kind} ok`);
      if (this.#options.hold > 0 && kind === 'read-write')
        this.#crossed.committed.push(this.#commits.count - before);
      if (appends.length > 0) this.#commits.add();
    } catch (error) {
      if (this.#options.hold > 0 && progress.committing)
        this.#crossed.aborted.push(this.#commits.count - before);
      await this.#failed(pending, error, appends.length > 0 && progress.committing, kind);
    }
  }

  async #failed(pending: Pending, error: unknown, committing: boolean, kind: Kind): Promise<void> {
    const code = codeOf(error);
    if (code === 'no code') throw error;
    this.#counts.add(`${kind} ${code}`);
    // Without a commit on its way nothing can have been written.
    const refused = !committing || isRefusal(error, this.#options.faults);
    this.#history.complete(pending, refused ? 'fail' : 'info', pending.value, code);
    if (!refused) this.#process = this.#history.newProcess();
    // A server that is down must not fill the history with failures.
    if (code !== 'ABORTED') await delay(100);
  }

  #keys(kind: Kind): number[] {
    const count = 1 + this.#random.below(4);
    const isLongWriter = this.#options.hold > 0 && kind === 'read-write';
    // What stays open for long appends to quiet lists only, or it would never commit.
    if (isLongWriter) return this.#lists.pick('cold', Math.max(2, count), this.#random);
    return this.#lists.pick(this.#random.chance(0.85) ? 'hot' : 'cold', count, this.#random);
  }

  async #perform(
    kind: Kind,
    keys: number[],
    appends: MicroOp[],
    progress: { committing: boolean },
  ): Promise<Map<number, number[]>> {
    const firestore = this.#firestore;
    const direct: Reader = {
      get: (document) => document.get(),
      getAll: (...documents) => firestore.getAll(...documents),
      query: (query) => query.get(),
    };
    if (kind === 'blind append') {
      const batch = firestore.batch();
      for (const [, key, value] of appends)
        batch.set(this.#document(key), { key, values: FieldValue.arrayUnion(value) }, { merge: true });
      progress.committing = true;
      await batch.commit();
      return new Map();
    }
    // Several single reads belong to one moment only inside a transaction.
    if (kind === 'direct read') return this.#read(direct, keys, { atOnce: true });
    if (this.#options.bypass && kind === 'read-write') {
      const values = await this.#read(direct, keys, { atOnce: false });
      const batch = firestore.batch();
      for (const [document, data] of this.#writes(appends, values)) batch.set(document, data);
      progress.committing = true;
      await batch.commit();
      return values;
    }
    return firestore.runTransaction(
      async (transaction) => {
        const reader: Reader = {
          get: (document) => transaction.get(document),
          getAll: (...documents) => transaction.getAll(...documents),
          query: (query) => transaction.get(query),
        };
        const values = await this.#read(reader, keys, {
          atOnce: this.#options.hold === 0 && this.#random.chance(0.5),
        });
        for (const [document, data] of this.#writes(appends, values)) transaction.set(document, data);
        await this.#hold();
        progress.committing = true;
        return values;
      },
      kind === 'read-only' ? { readOnly: true } : { maxAttempts: 1 },
    );
  }

  /** Reads the lists: all in one request (by names or by a query), or one after the other. */
  async #read(
    reader: Reader,
    keys: number[],
    { atOnce }: { atOnce: boolean },
  ): Promise<Map<number, number[]>> {
    const documents: DocumentSnapshot[] = [];
    if (!atOnce) {
      for (const key of keys) {
        documents.push(await reader.get(this.#document(key)));
        await this.#hold();
      }
    } else if (this.#random.chance(0.5)) {
      documents.push(...(await reader.getAll(...keys.map((key) => this.#document(key)))));
    } else {
      const query = this.#firestore.collection('lists').where('key', 'in', keys);
      documents.push(...(await reader.query(query)).docs);
    }
    const values = new Map<number, number[]>(keys.map((key) => [key, []]));
    for (const document of documents) {
      const list = (document.get('values') as number[] | undefined) ?? [];
      values.set(Number(document.id), list);
      this.#lists.seen(Number(document.id), list.length);
    }
    return values;
  }

  /** Each list that was read, with what is appended to it. */
  #writes(
    appends: MicroOp[],
    values: Map<number, number[]>,
  ): [DocumentReference, { key: number; values: number[] }][] {
    return appends.map(([, key, value]) => [
      this.#document(key),
      { key, values: [...(values.get(key) ?? []), value as number] },
    ]);
  }

  #document(key: number): DocumentReference {
    return this.#firestore.doc(`lists/${key}`);
  }

  async #hold(): Promise<void> {
    if (this.#options.hold > 0) await delay(this.#random.below(this.#options.hold));
  }
}
