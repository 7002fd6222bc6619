import type { PrincipalChange } from '@telestack/tokens';
import { type Account, claimsOf, type Realm } from './account.ts';

/** What an update of an account means for tokens that are out there; undefined for nothing. */
export function changeOf(
  { project }: Realm,
  before: Account | undefined,
  after: Account | undefined,
): PrincipalChange | undefined {
  if (before === undefined) return undefined;
  const user = { kind: 'user', project, uid: before.localId } as const;
  if (after === undefined) return { ...user, blocked: true };
  const [old, now] = [claimsOf(before), claimsOf(after)];
  const hasOtherClaims = JSON.stringify(old) !== JSON.stringify(now);
  const isConcerned =
    hasOtherClaims || after.disabled !== before.disabled || after.validSince !== before.validSince;
  if (!isConcerned) return undefined;
  return {
    ...user,
    blocked: after.disabled,
    ...(after.validSince === undefined ? {} : { validSince: after.validSince }),
    ...(hasOtherClaims ? { claims: { now, before: Object.keys(old) } } : {}),
  };
}
