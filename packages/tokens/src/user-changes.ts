import type { Principal } from '@telestack/rpc';
import type { PrincipalChange, UserChange } from './change.ts';
import { applyChange, realmOf } from './principals.ts';

interface Entry {
  /** All of the user's changes as one. */
  readonly change: UserChange;
  readonly seenAt: number;
}

/** Bound on the memory for an attacker who could revoke at will; the oldest go first, which are the nearest to their end. */
const MAX_USERS = 1_000_000;
/** Names of claims that one user has had within the lifetime of a token; beyond them his tokens are revoked instead. */
const MAX_CLAIM_NAMES = 1_000;

/**
 * Users whose tokens do not say what holds any more. Only changes of the last `tokenLifetimeMs` matter: a token from before them has expired by
 * itself, so the list stays short without asking anybody.
 */
export class UserChanges {
  readonly #users = new Map<string, Entry>();
  readonly #tokenLifetimeMs: number;
  readonly #now: () => number;

  constructor(tokenLifetimeMs: number, now: () => number = Date.now) {
    this.#tokenLifetimeMs = tokenLifetimeMs;
    this.#now = now;
  }

  get size(): number {
    return this.#users.size;
  }

  /** Changes come in the order in which they were made; one may come again. */
  apply(change: PrincipalChange): void {
    if (change.kind !== 'user') return;
    const key = keyOf(change.project, change.tenant ?? '', change.uid);
    const before = this.#users.get(key)?.change;
    this.#users.delete(key);
    this.#users.set(key, { change: before ? merge(before, change) : change, seenAt: this.#now() });
    this.#forget();
  }

  /** What a principal is by now, whenever its token was issued. */
  current(principal: Principal): Principal | 'revoked' {
    if (principal.kind !== 'user') return principal;
    const { project = '', tenant } = realmOf(principal);
    const entry = this.#users.get(keyOf(project, tenant, principal.uid));
    return entry === undefined ? principal : applyChange(principal, entry.change);
  }

  #forget(): void {
    const oldest = this.#now() - this.#tokenLifetimeMs;
    for (const [key, { seenAt }] of this.#users) {
      if (seenAt >= oldest && this.#users.size <= MAX_USERS) break;
      this.#users.delete(key);
    }
  }
}

function merge(before: UserChange, next: UserChange): UserChange {
  const claims = mergeClaims(before.claims, next.claims);
  const isUnbounded = (claims?.before.length ?? 0) > MAX_CLAIM_NAMES;
  const revokedAt = isUnbounded ? Math.floor((claims?.at ?? 0) / 1000) : 0;
  const validSince = Math.max(before.validSince ?? 0, next.validSince ?? 0, revokedAt);
  const { kind, project, tenant, uid, blocked } = next;
  return {
    ...{ kind, project, uid, blocked },
    ...(tenant === undefined ? {} : { tenant }),
    ...(validSince === 0 ? {} : { validSince }),
    ...(claims === undefined || isUnbounded ? {} : { claims }),
  };
}

function mergeClaims(before: UserChange['claims'], next: UserChange['claims']): UserChange['claims'] {
  if (before === undefined || next === undefined) return next ?? before;
  // A token may be from before the first change, or from in between.
  return { ...next, before: [...new Set([...before.before, ...Object.keys(before.now), ...next.before])] };
}

function keyOf(project: string, tenant: string, uid: string): string {
  return `${project}/${tenant}/${uid}`;
}
