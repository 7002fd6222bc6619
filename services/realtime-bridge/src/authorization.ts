import type { Principal } from '@telestack/rpc';
import type { PrincipalChange } from '@telestack/tokens';

/** Principals with equal keys may see the same: they share views, and what was read for one is sent to the other. Rules can look at every claim. */
export function authorizationKey(principal: Principal): string {
  switch (principal.kind) {
    case 'user':
      return `user:${JSON.stringify([principal.project, principal.uid, principal.claims])}`;
    case 'apiKey':
      return `apiKey:${principal.keyId}`;
    case 'admin':
      return `admin:${principal.project ?? ''}`;
    case 'anonymous':
      return principal.kind;
  }
}

/** Whose credential it is, as far as changes name it; undefined for who has none that could change. */
export function subjectOf(principal: Principal): string | undefined {
  switch (principal.kind) {
    case 'user':
      return `user:${principal.uid}`;
    case 'apiKey':
      return `apiKey:${principal.keyId}`;
    case 'admin':
      return principal.account === undefined ? undefined : `serviceAccount:${principal.account}`;
    case 'anonymous':
      return undefined;
  }
}

/** The subject that a change is about, as `subjectOf` names it. */
export function subjectOfChange(change: PrincipalChange): string {
  switch (change.kind) {
    case 'user':
      return `user:${change.uid}`;
    case 'apiKey':
      return `apiKey:${change.keyId}`;
    case 'serviceAccount':
      return `serviceAccount:${change.email}`;
  }
}

/**
 * Whether a principal may see the new state of a document that has left its query. The query no longer vouches for it, so
 * only who may read everything is shown it; the others learn that it left.
 */
export function mayReveal(principal: Principal): boolean {
  return principal.kind === 'admin';
}
