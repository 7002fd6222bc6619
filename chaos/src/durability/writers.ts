import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { DocumentData, DocumentReference, Firestore } from '@google-cloud/firestore';
import { codeOf } from '../clients.ts';
import type { Random } from '../random.ts';
import type { Counts } from '../verdict.ts';
import type { Ledger } from './ledger.ts';

export const COLLECTION = 'writes';
const BATCH = 5;
/** Documents of one writer that are written again and again; all others are written once. */
const UPDATED = 10;

/** The content of a document follows from its path and version, so that a reader can tell it from a torn one. */
export function content(path: string, version: number, writer: number): DocumentData {
  const proof = createHash('sha256').update(`${path} ${version}`).digest('hex');
  return { version, writer, shade: version % 4, proof };
}

export function isIntact(path: string, data: DocumentData): boolean {
  return data.proof === content(path, data.version as number, 0).proof;
}

interface Write {
  documents: DocumentReference[];
  version: number;
  batch?: string;
  send: (documents: DocumentReference[], data: DocumentData[]) => Promise<unknown>;
}

/** Writes without end, each one known to the ledger before it is sent and after it is acknowledged. */
export class Writer {
  readonly #firestore: Firestore;
  readonly #id: number;
  readonly #random: Random;
  readonly #versions = new Map<string, number>();
  /** Part of the names of the documents that are written again and again. */
  #generation = 0;
  #next = 0;

  constructor(firestore: Firestore, id: number, random: Random) {
    this.#firestore = firestore;
    this.#id = id;
    this.#random = random;
  }

  async run(running: () => boolean, gapMs: number, ledger: Ledger, counts: Counts): Promise<void> {
    while (running()) {
      const write = this.#choose();
      const paths = write.documents.map((document) => document.path);
      for (const path of paths) ledger.sent(path, write.version, write.batch);
      try {
        const data = paths.map((path) => content(path, write.version, this.#id));
        await write.send(write.documents, data);
        for (const path of paths) ledger.acknowledged(path, write.version);
        counts.add('acknowledged');
      } catch (error) {
        counts.add(codeOf(error));
        // What has failed without an answer may still be applied later, over a newer version: leave those documents.
        this.#generation++;
        this.#versions.clear();
        await delay(50);
      }
      await delay(gapMs);
    }
  }

  #fresh(): DocumentReference {
    return this.#firestore.collection(COLLECTION).doc(`w${this.#id}-${this.#next++}`);
  }

  #choose(): Write {
    const dice = this.#random.next();
    if (dice < 0.3)
      return { documents: [this.#fresh()], version: 0, send: ([one], [data]) => one!.set(data!) };
    if (dice < 0.5) {
      const documents = Array.from({ length: BATCH }, () => this.#fresh());
      const batch = `batch ${this.#id}-${this.#next}`;
      return { documents, version: 0, batch, send: (all, data) => this.#commit(all, data) };
    }
    const document = this.#firestore
      .collection(COLLECTION)
      .doc(`u${this.#id}-${this.#generation}-${this.#random.below(UPDATED)}`);
    const version = (this.#versions.get(document.path) ?? -1) + 1;
    this.#versions.set(document.path, version);
    if (dice < 0.75) return { documents: [document], version, send: ([one], [data]) => one!.set(data!) };
    return { documents: [document], version, send: ([one], [data]) => this.#transact(one!, data!) };
  }

  #commit(documents: DocumentReference[], data: DocumentData[]): Promise<unknown> {
    const batch = this.#firestore.batch();
    for (const [n, document] of documents.entries()) batch.set(document, data[n]!);
    return batch.commit();
  }

  #transact(document: DocumentReference, data: DocumentData): Promise<unknown> {
    return this.#firestore.runTransaction(async (transaction) => {
      await transaction.get(document);
      transaction.set(document, data);
    });
  }
}
