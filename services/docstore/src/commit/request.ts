import type { Json } from '@telestack/values';
import type { CommitGuard } from '../access/guard.ts';
import type { Schemas } from '../schemas/schemas.ts';
import type { Operation } from './operation.ts';

/** A document that a transaction has read, as it was then. */
export interface ReadCheck {
  readonly key: DocumentKey;
  /** Microseconds; undefined when it was missing. */
  readonly updateTime: number | undefined;
}

export interface DocumentKey {
  readonly database: string;
  readonly parentPath: string;
  readonly collectionId: string;
  readonly documentId: string;
  readonly path: string;
}

/** What a transaction has seen and what must still hold when it commits. */
export interface ReadSet {
  readonly documents: readonly ReadCheck[];
  readonly queries: readonly { readonly text: string; readonly fingerprint: string }[];
}

export interface CommitRequest {
  readonly database: string;
  readonly operations: readonly Operation[];
  readonly readSet?: ReadSet;
  /** The read-write transaction that ends with this commit. */
  readonly transaction?: EndingTransaction;
  /** Undefined for a caller who may write anything. */
  readonly guard?: CommitGuard | undefined;
  /** What documents have to look like, whoever writes them. */
  readonly schemas?: Schemas | undefined;
  readonly traceparent?: string;
}

export interface EndingTransaction {
  readonly id: string;
  /** Hash of the writes, in the form of a UUID: tells a commit that is sent again from another one. */
  readonly request: string;
}

export interface CommitResult {
  /** Microseconds, as are all times. */
  readonly commitTime: number;
  readonly writes: readonly WriteResult[];
}

export interface WriteResult {
  /** Of the document after the commit; undefined when it is gone. A verified document that is missing has the time of the look at it. */
  readonly updateTime: number | undefined;
  readonly transformResults: readonly Json[];
}

/** The key of a map of documents. */
export const keyText = (key: DocumentKey): string => `${key.database}/${key.path}`;
