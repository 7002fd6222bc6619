import type { Lsn } from './lsn.ts';

/** A column of type TOAST that an UPDATE left alone: its value is not in the log. */
export const UNCHANGED: unique symbol = Symbol('unchanged');

/** One value per column of the relation, in its order: PostgreSQL's text form, null, or UNCHANGED. */
export type Tuple = readonly (string | null | typeof UNCHANGED)[];

export interface RelationColumn {
  readonly name: string;
  /** Part of the replica identity. */
  readonly isKey: boolean;
  readonly typeOid: number;
  readonly typeModifier: number;
}

export interface Relation {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** d: primary key, n: nothing, f: all columns, i: index. */
  readonly replicaIdentity: 'd' | 'n' | 'f' | 'i';
  readonly columns: readonly RelationColumn[];
}

/** Messages of the pgoutput plugin (protocol 1 and 2, not streamed). Times are microseconds since the Unix epoch. */
export type PgOutputMessage =
  | { readonly tag: 'begin'; readonly finalLsn: Lsn; readonly commitTime: number; readonly xid: number }
  | { readonly tag: 'commit'; readonly commitLsn: Lsn; readonly endLsn: Lsn; readonly commitTime: number }
  | { readonly tag: 'origin'; readonly lsn: Lsn; readonly name: string }
  | { readonly tag: 'relation'; readonly relation: Relation }
  | { readonly tag: 'type'; readonly oid: number; readonly schema: string; readonly name: string }
  | { readonly tag: 'insert'; readonly relation: Relation; readonly new: Tuple }
  | {
      readonly tag: 'update';
      readonly relation: Relation;
      /** The old key columns (others null), when the update changed them. */
      readonly key: Tuple | null;
      /** The whole old row, with replica identity full. */
      readonly old: Tuple | null;
      readonly new: Tuple;
    }
  | {
      readonly tag: 'delete';
      readonly relation: Relation;
      readonly key: Tuple | null;
      readonly old: Tuple | null;
    }
  | {
      readonly tag: 'truncate';
      readonly relations: readonly Relation[];
      readonly cascade: boolean;
      readonly restartIdentity: boolean;
    }
  | {
      readonly tag: 'message';
      readonly transactional: boolean;
      readonly lsn: Lsn;
      readonly prefix: string;
      readonly content: Uint8Array;
    };
