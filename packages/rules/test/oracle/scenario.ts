import type { Fields, Json } from '@telestack/values';

/** Claims of the caller's token, `sub` among them; null for a caller without one. */
export type Claims = { readonly [claim: string]: unknown } | null;

export type Op =
  | '=='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | 'in'
  | 'not-in'
  | 'array-contains'
  | 'array-contains-any';
export type Where =
  | readonly [field: string, op: Op, value: Json]
  | { readonly or: readonly Where[] }
  | { readonly and: readonly Where[] };

export interface ListQuery {
  readonly where?: readonly Where[];
  /** `a`, or `-a` for descending. */
  readonly orderBy?: readonly string[];
  readonly limit?: number;
  readonly offset?: number;
  /** Collections of this id anywhere below the database. */
  readonly group?: boolean;
}

export type Request = { readonly as: Claims } & (
  | { readonly op: 'get' | 'delete'; readonly path: string }
  /** Creates or updates, as the document is missing or there. With `mask`, only the fields that it names change. */
  | { readonly op: 'set'; readonly path: string; readonly data: Fields; readonly mask?: readonly string[] }
  | { readonly op: 'list'; readonly collection: string; readonly query: ListQuery }
);

export interface Scenario {
  readonly name: string;
  /** The whole source. */
  readonly rules: string;
  readonly documents: { readonly [path: string]: Fields };
  readonly requests: readonly Request[];
}

/** References in scenarios are below this name; each side puts its own project in. */
export const ROOT = 'projects/P/databases/(default)/documents';
export const ref = (path: string): Json => ({ $ref: `${ROOT}/${path}` });
