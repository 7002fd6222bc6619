import type { Fields } from '@telestack/values';
import type { Claims, ListQuery, Request } from '../oracle/scenario.ts';

/** Rules as people publish them, with data and requests; `decisions.json` has what Google's emulator decides. */
export interface Published {
  readonly name: string;
  /** What stands inside of `match /databases/{database}/documents`. */
  readonly body: string;
  readonly documents: { readonly [path: string]: Fields };
  readonly requests: readonly Request[];
}

export const ANONYMOUS: Claims = null;
export const user = (uid: string, claims: { readonly [name: string]: unknown } = {}): Claims => ({
  sub: uid,
  user_id: uid,
  ...claims,
});
export const alice = user('alice', { email: 'alice@example.com', email_verified: true });
export const bob = user('bob', { email: 'bob@example.org', email_verified: false });
export const admin = user('root', { admin: true, role: 'admin' });

export const get = (as: Claims, path: string): Request => ({ as, op: 'get', path });
export const remove = (as: Claims, path: string): Request => ({ as, op: 'delete', path });
export const set = (as: Claims, path: string, data: Fields): Request => ({ as, op: 'set', path, data });
/** Changes only the fields that are given. */
export const patch = (as: Claims, path: string, data: Fields): Request => ({
  as,
  op: 'set',
  path,
  data,
  mask: Object.keys(data),
});
export const list = (as: Claims, collection: string, query: ListQuery = {}): Request => ({
  as,
  op: 'list',
  collection,
  query,
});

/** The whole source. */
export const sourceOf = ({ body }: Published): string => `rules_version = '2';
service cloud.firestore {
  match /databases/{database}/documents {
${body}
  }
}
`;
