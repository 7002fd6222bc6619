import type { ExistenceFilter } from '@telestack/protos/google/firestore/v1/write.ts';
import type { DocumentState } from '../feed/document-state.ts';
import type { Leave } from '../views/delta.ts';

/** Rough size of a document in memory, besides its encoded form. */
const ROW_BYTES = 100;

/**
 * What a target has to be sent before it is current. Documents are kept whole up to a bound and by path beyond it: those are read again
 * when the client has taken the others, so that a slow client with a large result costs neither memory nor the patience of others.
 */
export class InitialState {
  readonly #limit: number;
  #documents: DocumentState[] = [];
  #next = 0;
  #paths: string[] = [];
  #nextPath = 0;
  #bytes = 0;
  /** Documents that the client has and the target has not; sent behind the documents. */
  leaves: readonly Leave[] = [];
  /** Documents of the target that do not exist. */
  missing: readonly string[] = [];
  filter: ExistenceFilter | undefined;
  /** No more will be added. */
  isComplete = false;

  /** `limit` in bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Rough size in memory of the documents. Paths do not count: the view has them anyway, and a client that was dropped for the size of its
   * result would come back for all of it again.
   */
  get bytes(): number {
    return this.#bytes;
  }

  add(rows: readonly DocumentState[]): void {
    for (const row of rows) {
      // One without fields has to be fetched anyway; and the order must stay.
      if (row.hasContent && this.#bytes < this.#limit && this.#paths.length === 0) {
        this.#documents.push(row);
        this.#bytes += row.encoded.length + ROW_BYTES;
      } else {
        this.#paths.push(row.path);
      }
    }
  }

  /** The next document that is at hand. */
  take(): DocumentState | undefined {
    const document = this.#documents[this.#next];
    if (!document) {
      this.#documents = [];
      this.#next = 0;
      return undefined;
    }
    this.#next++;
    this.#bytes -= document.encoded.length + ROW_BYTES;
    return document;
  }

  /** The next paths to fetch; empty when there are none. */
  takePaths(count: number): string[] {
    const paths = this.#paths.slice(this.#nextPath, this.#nextPath + count);
    this.#nextPath += paths.length;
    return paths;
  }

  /** Puts fetched documents in front. */
  putBack(documents: readonly DocumentState[]): void {
    for (const document of documents) {
      this.#documents.push(document);
      this.#bytes += document.encoded.length + ROW_BYTES;
    }
  }
}
