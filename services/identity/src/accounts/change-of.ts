import type { UserChange } from '@telestack/tokens';
import { type Account, claimsOf, type Realm } from './account.ts';

/** What an update of an account means for tokens that are out there; undefined for nothing. `at` in milliseconds. */
export function changeOf(
  { project, tenant }: Realm,
  before: Account | undefined,
  after: Account | undefined,
  at = Date.now(),
): UserChange | undefined {
  if (before === undefined) return undefined;
  if (after === undefined) return deletionOf({ project, tenant }, before.localId);
  const [old, now] = [claimsOf(before), claimsOf(after)];
  const hasOtherClaims = JSON.stringify(old) !== JSON.stringify(now);
  const isConcerned =
    hasOtherClaims || after.disabled !== before.disabled || after.validSince !== before.validSince;
  if (!isConcerned) return undefined;
  return {
    ...userOf({ project, tenant }, before.localId),
    blocked: after.disabled,
    ...(after.validSince === undefined ? {} : { validSince: after.validSince }),
    ...(hasOtherClaims ? { claims: { now, before: Object.keys(old), at } } : {}),
  };
}

export function deletionOf(realm: Realm, uid: string): UserChange {
  return { ...userOf(realm, uid), blocked: true };
}

/** Somebody has the id of a user who was deleted: tokens from now on are good again. */
export function readmissionOf(realm: Realm, uid: string, at = Date.now()): UserChange {
  return { ...userOf(realm, uid), blocked: false, validSince: Math.floor(at / 1000) };
}

function userOf(
  { project, tenant }: Realm,
  uid: string,
): Pick<UserChange, 'kind' | 'project' | 'tenant' | 'uid'> {
  return { kind: 'user', project, ...(tenant === '' ? {} : { tenant }), uid };
}
