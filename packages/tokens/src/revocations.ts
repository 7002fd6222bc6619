import type { PrincipalChange } from './change.ts';

interface UserState {
  readonly validSince: number;
  readonly blocked: boolean;
  readonly seenAt: number;
}

/** Bound on the memory for an attacker who could revoke at will; the oldest go first, which are the nearest to their end. */
const MAX_USERS = 1_000_000;

/**
 * Users whose tokens are not all good. Only changes of the last `tokenLifetimeMs` matter: a token from before them has expired by itself, so
 * the list stays short without asking anybody.
 */
export class RevocationList {
  readonly #users = new Map<string, UserState>();
  readonly #tokenLifetimeMs: number;
  readonly #now: () => number;

  constructor(tokenLifetimeMs: number, now: () => number = Date.now) {
    this.#tokenLifetimeMs = tokenLifetimeMs;
    this.#now = now;
  }

  get size(): number {
    return this.#users.size;
  }

  apply(change: PrincipalChange): void {
    if (change.kind !== 'user') return;
    const key = keyOf(change.project, change.uid);
    const before = this.#users.get(key);
    const validSince = Math.max(before?.validSince ?? 0, change.validSince ?? 0);
    this.#users.delete(key);
    // An account that was blocked and is not any more keeps its `validSince` only.
    if (change.blocked || validSince > 0)
      this.#users.set(key, { validSince, blocked: change.blocked, seenAt: this.#now() });
    this.#forget();
  }

  /** @param issuedAt seconds since the epoch */
  isRevoked(project: string, uid: string, issuedAt: number): boolean {
    const user = this.#users.get(keyOf(project, uid));
    return user !== undefined && (user.blocked || issuedAt < user.validSince);
  }

  #forget(): void {
    const oldest = this.#now() - this.#tokenLifetimeMs;
    for (const [key, { seenAt }] of this.#users) {
      if (seenAt >= oldest && this.#users.size <= MAX_USERS) break;
      this.#users.delete(key);
    }
  }
}

function keyOf(project: string, uid: string): string {
  return `${project}/${uid}`;
}
