import { type Decision, decide, type MissingLookups } from '../evaluate/decide.ts';
import { LookupSession, type LookupSource } from '../evaluate/lookups.ts';
import { type Auth, requestMap } from '../evaluate/request.ts';
import type { Ruleset } from '../ruleset.ts';
import { type ObjectMetadata, OpenResource, objectResource } from './resource.ts';

export type ObjectMethod = 'get' | 'list' | 'create' | 'update' | 'delete';

/** A request for one object of a bucket, or for a listing. */
export interface ObjectRequest {
  readonly method: ObjectMethod;
  readonly bucket: string;
  /** The object's name; of a listing the prefix, without a slash at its end. */
  readonly name: string;
  readonly auth: Auth | null;
  /** Microseconds since the epoch. */
  readonly time: number;
  /** As stored; null when there is no such object. */
  readonly before: ObjectMetadata | null;
  /** What a create or update leads to. */
  readonly after?: ObjectMetadata | undefined;
  /** Members of `after` that are to come, as while an upload begins. */
  readonly unknown?: readonly (keyof ObjectMetadata)[] | undefined;
}

export interface ObjectDecision extends Decision {
  /** Refused, but rules have asked for a member that is not known yet: they may allow it once it is. */
  readonly isOpen: boolean;
}

/** Google: `firestore.get` and `firestore.exists` of a storage request. */
const MAX_STORAGE_LOOKUPS = 2;

/** Whether rules of `service firebase.storage` allow a request, as far as the look-ups at hand tell. */
export function checkObject(
  ruleset: Ruleset,
  { method, bucket, name, auth, time, before, after, unknown = [] }: ObjectRequest,
  lookups: LookupSource,
): ObjectDecision | MissingLookups {
  const segments = ['b', bucket, 'o', ...(name === '' ? [] : name.split('/'))];
  const written = after === undefined ? null : new OpenResource(objectResource(after), unknown);
  const isRead = method === 'get' || method === 'list';
  const outcome = decide(
    ruleset,
    {
      service: 'firebase.storage',
      method,
      segments,
      request: requestMap({
        method,
        path: segments,
        auth,
        time,
        more: isRead ? {} : { resource: written },
      }),
      resource: before === null ? null : objectResource(before),
    },
    new LookupSession(lookups, undefined, MAX_STORAGE_LOOKUPS),
  );
  if ('missing' in outcome) return outcome;
  return { ...outcome, isOpen: !outcome.allowed && (written?.wasAsked ?? false) };
}
