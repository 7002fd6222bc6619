import type { Fields } from '@telestack/values';
import { type Decision, decide, type MissingLookups } from '../evaluate/decide.ts';
import { type LookedUp, LookupSession, type LookupSource, MAX_LOOKUPS } from '../evaluate/lookups.ts';
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
  /** Of a request about several documents, the same for all of them: what rules look at is bounded together as well. */
  readonly lookedUp?: LookedUp;
}

/** Whether rules allow a request for a document, as far as the look-ups at hand tell. */
export function checkDocument(
  ruleset: Ruleset,
  { method, database, path, auth, time, before, after, lookedUp }: DocumentRequest,
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
    new LookupSession(lookups, database, MAX_LOOKUPS, path, lookedUp),
  );
}
