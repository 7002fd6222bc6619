import type { DocumentState } from './document-state.ts';

/** What a commit did to one document. */
export interface DocumentChange {
  /** Path below the database. */
  readonly path: string;
  /** The new state; undefined when the document is gone. */
  readonly state: DocumentState | undefined;
}

/** A Firestore commit: atomic for every listener. */
export interface CommitEvent {
  readonly database: string;
  /** Microseconds; later than every commit before it. */
  readonly time: number;
  readonly changes: readonly DocumentChange[];
  readonly traceparent: string | undefined;
}
