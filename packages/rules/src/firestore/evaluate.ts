import type { Fields } from '@telestack/values';
import { type Decision, decide, type MissingLookups } from '../evaluate/decide.ts';
import { LookupSession, type LookupSource } from '../evaluate/lookups.ts';
import { type Auth, requestMap } from '../evaluate/request.ts';
import type { Ruleset } from '../ruleset.ts';
import { documentResource } from './resource.ts';

export type DocumentMethod = 'get' | 'create' | 'update' | 'delete';

/** A request for one document. */
export interface DocumentRequest {
  readonly method: DocumentMethod;
  /** `(default)` and the like. */
  readonly database: string;
  /** Below the database: `users/alice`. */
  readonly path: string;
  readonly auth: Auth | null;
  /** Microseconds since the epoch. */
  readonly time: number;
  /** The document's fields as stored; null when there is no document. */
  readonly before: Fields | null;
  /** The fields that a create or update leads to. */
  readonly after?: Fields | undefined;
  /** Most documents that the rules may look at; 10 when left out. */
  readonly maxLookups?: number | undefined;
}

/** Whether rules allow a request for a document, as far as the look-ups at hand tell. */
export function checkDocument(
  ruleset: Ruleset,
  { method, database, path, auth, time, before, after, maxLookups }: DocumentRequest,
  lookups: LookupSource,
): Decision | MissingLookups {
  const segments = ['databases', database, 'documents', ...path.split('/')];
  const resourceOf = (fields: Fields) => documentResource(database, path, fields);
  const written = after === undefined ? null : resourceOf(after);
  return decide(
    ruleset,
    {
      service: 'cloud.firestore',
      method,
      segments,
      request: requestMap({
        method,
        path: segments,
        auth,
        time,
        more: method === 'get' ? {} : { resource: written },
      }),
      resource: before === null ? null : resourceOf(before),
    },
    new LookupSession(lookups, database, maxLookups),
  );
}
