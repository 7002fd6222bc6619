import { unauthenticated, unavailable } from '@telestack/errors';
import { type CryptoKey, importJWK, type JSONWebKeySet, type JWK } from 'jose';

export interface KeyStoreOptions {
  fetch(signal: AbortSignal): Promise<JSONWebKeySet>;
  /** The only algorithm that these keys sign with: a token that names another is refused before a key is looked for. */
  readonly algorithm: string;
  /** Keys are fetched again after this time. */
  readonly maxAgeMs?: number;
  /** Least time between two fetches, so that tokens with made-up key ids cannot flood the source. */
  readonly cooldownMs?: number;
  readonly timeoutMs?: number;
  readonly now?: () => number;
}

const MAX_AGE_MS = 10 * 60_000;
const COOLDOWN_MS = 2_000;
const TIMEOUT_MS = 5_000;

/**
 * Public keys by key id. A key id that is not known leads to a fetch (keys rotate), at most one in `cooldownMs` and one at a time. When the
 * source fails, known keys go on serving.
 */
export class KeyStore {
  readonly #options: KeyStoreOptions;
  readonly #now: () => number;
  #keys = new Map<string, CryptoKey>();
  #fetchedAt = Number.NEGATIVE_INFINITY;
  #triedAt = Number.NEGATIVE_INFINITY;
  #fetching: Promise<void> | undefined;

  constructor(options: KeyStoreOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** @throws StatusError UNAUTHENTICATED for a key id that does not exist, UNAVAILABLE when no key could be had yet */
  async get(kid: string): Promise<CryptoKey> {
    const { maxAgeMs = MAX_AGE_MS } = this.#options;
    const isOld = this.#now() - this.#fetchedAt > maxAgeMs;
    if (isOld || !this.#keys.has(kid)) await this.#refresh();
    const key = this.#keys.get(kid);
    if (key !== undefined) return key;
    if (this.#fetchedAt === Number.NEGATIVE_INFINITY) throw unavailable('No keys to verify tokens with.');
    throw unauthenticated('The token names an unknown key.');
  }

  async #refresh(): Promise<void> {
    if (this.#fetching !== undefined) return this.#fetching;
    const { cooldownMs = COOLDOWN_MS } = this.#options;
    if (this.#now() - this.#triedAt < cooldownMs) return;
    this.#triedAt = this.#now();
    this.#fetching = this.#fetch().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #fetch(): Promise<void> {
    const { algorithm, timeoutMs = TIMEOUT_MS } = this.#options;
    try {
      const { keys } = await this.#options.fetch(AbortSignal.timeout(timeoutMs));
      const imported = await Promise.all(keys.map((jwk) => importPublic(jwk, algorithm)));
      this.#keys = new Map(imported.filter((entry) => entry !== undefined));
      this.#fetchedAt = this.#now();
    } catch {
      // What is known goes on serving; `get` says so when nothing is.
    }
  }
}

async function importPublic(jwk: JWK, algorithm: string): Promise<[string, CryptoKey] | undefined> {
  if (jwk.kid === undefined || (jwk.alg ?? algorithm) !== algorithm || jwk.kty === 'oct') return undefined;
  const { d: _private, ...rest } = jwk;
  const key = await importJWK({ ...rest, kty: jwk.kty } as JWK, algorithm);
  return key instanceof Uint8Array ? undefined : [jwk.kid, key];
}
