import { setTimeout as delay } from 'node:timers/promises';
import { permissionDenied, resourceExhausted } from '@telestack/errors';
import { type Rate, TokenBuckets } from '@telestack/ratelimit';
import type { Principal } from '@telestack/rpc';
import { type CredentialSource, createVerifier, readCredential } from '@telestack/tokens';

export type Profile = 'dev' | 'production';

/** Calls a second; undefined for no limit. */
export interface RateLimits {
  readonly perUser?: number;
  readonly perKey?: number;
  readonly perAddress?: number;
}

export interface AuthenticatorOptions {
  readonly profile: Profile;
  /** What the identity service knows; without one, no credential can be verified. */
  readonly credentials: CredentialSource | undefined;
  readonly limits: RateLimits;
  /** In production: calls without a credential reach rules and policies, which decide. */
  readonly anonymousAccess: boolean;
  readonly log: (message: string, error?: unknown) => void;
}

/** What a request says of its caller. */
export interface Caller {
  readonly authorization: string | undefined;
  readonly apiKey: string | undefined;
  /** Of the client's host. */
  readonly address: string;
}

/** Finds out who calls, and refuses who calls too often. */
export interface Authenticator {
  /**
   * Who calls; ANONYMOUS for a call without a credential, for what decides about that itself.
   * @throws StatusError UNAUTHENTICATED, RESOURCE_EXHAUSTED, UNAVAILABLE
   */
  identify(caller: Caller): Promise<Principal>;
  /** Counts a request whose caller says who he is elsewhere than in its headers. @throws StatusError RESOURCE_EXHAUSTED */
  admit(caller: Caller): void;
  /** Who calls, for APIs that want a credential. @throws StatusError as `identify`, and PERMISSION_DENIED */
  authenticate(caller: Caller): Promise<Principal>;
  /**
   * For each request of a stream: who its caller is by now. Waits where he calls too often.
   * @throws StatusError UNAUTHENTICATED, UNAVAILABLE
   */
  recheck(caller: Caller, signal: AbortSignal): Promise<Principal>;
  close(): Promise<void>;
}

/** Bursts of two seconds' calls pass. */
const BURST_SECONDS = 2;

export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { profile, credentials, limits, anonymousAccess, log } = options;
  const verifier = createVerifier({
    source: credentials ?? NO_CREDENTIALS,
    profile,
    onFailure: (error) =>
      error === undefined
        ? log('The identity service answers again.')
        : log('The identity service does not answer.', error),
  });
  const addresses = bucketsOf(limits.perAddress);
  const users = bucketsOf(limits.perUser);
  const keys = bucketsOf(limits.perKey);
  const take = (buckets: TokenBuckets | undefined, key: string) => {
    const retryAfterMs = buckets?.take(key) ?? 0;
    if (retryAfterMs > 0)
      throw resourceExhausted('Too many requests. Please try again later.', { retryAfterMs });
  };
  /** What a caller's requests are counted by. */
  const bucketOf = (principal: Principal, address: string): [TokenBuckets | undefined, string] => {
    if (principal.kind === 'user') return [users, `${principal.project ?? ''}/${principal.uid}`];
    if (principal.kind === 'apiKey') return [keys, principal.keyId];
    return [principal.kind === 'anonymous' && address !== '' ? addresses : undefined, address];
  };
  const identify = async ({ authorization, apiKey, address }: Caller): Promise<Principal> => {
    // Before anything is verified: whoever guesses credentials is slowed down too.
    if (address !== '') take(addresses, address);
    const principal = await verifier.verify(readCredential(authorization, apiKey));
    if (principal.kind !== 'anonymous') take(...bucketOf(principal, address));
    return principal;
  };
  return {
    identify,
    admit: ({ address }) => take(addresses, address),
    async authenticate(caller) {
      const principal = await identify(caller);
      if (principal.kind === 'anonymous' && profile === 'production' && !anonymousAccess)
        throw permissionDenied('Missing or insufficient permissions.');
      return principal;
    },
    async recheck({ authorization, apiKey, address }, signal) {
      const principal = await verifier.verify(readCredential(authorization, apiKey));
      const [buckets, key] = bucketOf(principal, address);
      for (let wait = buckets?.take(key) ?? 0; wait > 0; wait = buckets?.take(key) ?? 0)
        await delay(wait, undefined, { signal });
      return principal;
    },
    close: () => verifier.close(),
  };
}

function bucketsOf(perSecond: number | undefined): TokenBuckets | undefined {
  if (perSecond === undefined || perSecond <= 0) return undefined;
  const rate: Rate = { perSecond, burst: perSecond * BURST_SECONDS };
  return new TokenBuckets({ rate });
}

/** For a gateway without an identity service: no key verifies anything. */
const NO_CREDENTIALS: CredentialSource = {
  keys: async () => ({ platform: { keys: [] } }),
  apiKey: async () => undefined,
  serviceAccountKey: async () => undefined,
  changes: (after, waitMs, signal) =>
    new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve({ changes: [], cursor: '' });
      };
      const timer = setTimeout(done, after === undefined ? 0 : waitMs);
      signal.addEventListener('abort', done);
    }),
};
