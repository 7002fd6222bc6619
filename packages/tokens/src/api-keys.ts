import { resourceExhausted, StatusError, unavailable } from '@telestack/errors';
import type { Principal } from '@telestack/rpc';
import { apiKeyPrefix, isApiKey } from './api-key.ts';
import { BoundedCache } from './bounded-cache.ts';
import { invalidCredentials } from './jwt.ts';
import type { ApiKeyRecord, CredentialSource } from './source.ts';

/** Records of keys, and of prefixes that no key has. */
const CAPACITY = 10_000;
const LOOKUP_TIMEOUT_MS = 5_000;
/** Look-ups that may be under way; guessing keys must not become a flood behind the gateway. */
const MAX_LOOKUPS = 64;

/** API keys as principals, by records that are asked for once in a while. */
export class ApiKeys {
  readonly #source: CredentialSource;
  readonly #ttlMs: number;
  readonly #now: () => number;
  readonly #records: BoundedCache<ApiKeyRecord | 'none'>;
  readonly #pending = new Map<string, Promise<ApiKeyRecord | undefined>>();
  #lookups = 0;

  constructor(source: CredentialSource, ttlMs: number, now: () => number) {
    this.#source = source;
    this.#ttlMs = ttlMs;
    this.#now = now;
    this.#records = new BoundedCache(CAPACITY, now);
  }

  /** @throws StatusError UNAUTHENTICATED, UNAVAILABLE, RESOURCE_EXHAUSTED */
  async verify(key: string): Promise<Principal> {
    const prefix = apiKeyPrefix(key);
    if (prefix === undefined) throw invalidCredentials(new Error('The API key is malformed.'));
    const record = await this.#record(prefix);
    if (record === undefined || !isApiKey(key, record.hash))
      throw invalidCredentials(new Error('The API key is not known.'));
    const { keyId, project, scopes, expiresAt } = record;
    if (expiresAt !== undefined && expiresAt <= this.#now())
      throw invalidCredentials(new Error('The API key has expired.'));
    return { kind: 'apiKey', keyId, project, scopes, ...(expiresAt === undefined ? {} : { expiresAt }) };
  }

  forget(keyId: string): void {
    this.#records.deleteWhere((record) => record !== 'none' && record.keyId === keyId);
  }

  /** Runs a look-up when not too many are under way. */
  async limited<T>(lookUp: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#lookups >= MAX_LOOKUPS) throw resourceExhausted('Too many credentials are being looked up.');
    this.#lookups++;
    try {
      return await lookUp(AbortSignal.timeout(LOOKUP_TIMEOUT_MS));
    } catch (cause) {
      if (cause instanceof StatusError) throw cause;
      throw unavailable('The credential cannot be verified at present.', { cause });
    } finally {
      this.#lookups--;
    }
  }

  async #record(prefix: string): Promise<ApiKeyRecord | undefined> {
    const known = this.#records.get(prefix);
    if (known !== undefined) return known === 'none' ? undefined : known;
    let pending = this.#pending.get(prefix);
    if (pending === undefined) {
      pending = this.limited((signal) => this.#source.apiKey(prefix, signal)).finally(() =>
        this.#pending.delete(prefix),
      );
      this.#pending.set(prefix, pending);
    }
    const record = await pending;
    this.#records.set(prefix, record ?? 'none', this.#ttlMs);
    return record;
  }
}
