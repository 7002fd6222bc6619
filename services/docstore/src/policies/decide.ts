import { OWNER_FIELD } from '@telestack/query';
import type { Auth } from '@telestack/rules';
import { type Fields, getMember, setMember, stringOf, toText } from '@telestack/values';
import type { Policy, Who } from './policy.ts';

/** Whether a caller may see a document; a missing one (null) is nobody's. */
export function mayRead({ read }: Policy, auth: Auth | null, document: Fields | null): boolean {
  return isAmong(read, auth) && (read.kind !== 'owner' || isOwn(auth, document));
}

/** Whether a caller may make one document of another; null is a missing one. */
export function mayWrite(
  { write }: Policy,
  auth: Auth | null,
  before: Fields | null,
  after: Fields | null,
): boolean {
  return isAmong(write, auth) && (write.kind !== 'owner' || (isOwn(auth, before) && isOwn(auth, after)));
}

/** Whether a caller may ask for documents at all; where the policy is `owner`, the query still has to be narrowed to his own. */
export function mayQuery({ read }: Policy, auth: Auth | null): boolean {
  return isAmong(read, auth);
}

/** A document with its owner, where the policy needs one and the writer may say so: it is new, or his already. */
export function withOwner(
  { read, write }: Policy,
  auth: Auth | null,
  before: Fields | null,
  after: Fields,
): Fields {
  const uid = auth?.uid;
  if (typeof uid !== 'string' || (read.kind !== 'owner' && write.kind !== 'owner')) return after;
  if (getMember(after, OWNER_FIELD) !== undefined || !isOwn(auth, before)) return after;
  return setMember(after, OWNER_FIELD, stringOf(uid));
}

function isAmong(who: Who, auth: Auth | null): boolean {
  switch (who.kind) {
    case 'nobody':
      return false;
    case 'everybody':
      return true;
    case 'authenticated':
    case 'owner':
      return auth !== null && auth.uid !== null;
    case 'role':
      return auth !== null && hasRole(auth.token, who.role);
  }
}

/** Roles are the claim `roles`, as the identity service makes it; apps with custom claims of their own often have one `role`. */
function hasRole({ roles, role }: Auth['token'], wanted: string): boolean {
  return role === wanted || (Array.isArray(roles) && roles.includes(wanted));
}

function isOwn(auth: Auth | null, document: Fields | null): boolean {
  if (auth === null || auth.uid === null) return false;
  if (document === null) return true;
  const owner = getMember(document, OWNER_FIELD);
  return owner !== undefined && toText(owner) === auth.uid;
}
