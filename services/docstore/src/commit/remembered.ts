import type { DocumentState } from './apply.ts';

/** What is remembered of one document; its state is undefined for a missing one. */
interface Entry {
  readonly state: DocumentState | undefined;
}

const CAPACITY = 5_000;
/** Characters of a document as JSON: roles and members are small, and what is not is read again. */
const MAX_LENGTH = 8 * 1024;

/**
 * Documents that commits have read: what they write under rules or change in part, and what rules have looked at, a user's role, a room's
 * members. Such documents are asked for again and again, so a commit is computed from what is remembered. That may be out of date: the commit
 * checks it as it checks everything that it was computed from.
 */
export class RememberedDocuments {
  /** The least recently used first. */
  readonly #documents = new Map<string, Entry>();

  get(document: string): Entry | undefined {
    const found = this.#documents.get(document);
    if (found === undefined) return undefined;
    this.#documents.delete(document);
    this.#documents.set(document, found);
    return found;
  }

  /** @param length characters of the document as JSON, where that is known */
  set(document: string, state: DocumentState | undefined, length?: number): void {
    this.#documents.delete(document);
    if (state !== undefined && (length ?? JSON.stringify(state.fields).length) > MAX_LENGTH) return;
    this.#documents.set(document, { state });
    if (this.#documents.size > CAPACITY) this.#documents.delete(this.#documents.keys().next().value!);
  }

  delete(document: string): void {
    this.#documents.delete(document);
  }
}
