import type { Scope } from '@telestack/rpc';
import type { JSONWebKeySet, JWK } from 'jose';
import type { PrincipalChange } from './change.ts';

/** Public keys by what they sign. */
export interface VerificationKeys {
  /** Sign ID tokens and the platform's own access tokens. */
  readonly platform: JSONWebKeySet;
  /** The issuer of session tokens besides ours, where the identity provider has one. */
  readonly sessions?: { readonly issuer: string; readonly project: string; readonly keys: JSONWebKeySet };
}

/** What is kept of an API key: never the key. */
export interface ApiKeyRecord {
  readonly keyId: string;
  readonly project: string;
  /** SHA-256 of the whole key, in hex. */
  readonly hash: string;
  readonly scopes: readonly Scope[];
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number;
}

export interface ServiceAccountKey {
  readonly project: string;
  readonly key: JWK;
}

export interface ChangesPage {
  readonly changes: readonly PrincipalChange[];
  /** Where the next page begins. */
  readonly cursor: string;
}

/**
 * What verification needs of the identity service: little enough to be cached, so that a request costs it nothing. In one process it is
 * the service itself, between processes its internal HTTP side (`httpCredentialSource`).
 */
export interface CredentialSource {
  keys(signal: AbortSignal): Promise<VerificationKeys>;
  /** The key whose public part begins with `prefix`; undefined for none that is in force. */
  apiKey(prefix: string, signal: AbortSignal): Promise<ApiKeyRecord | undefined>;
  /** The public key that a service account signs its own tokens with. */
  serviceAccountKey(email: string, kid: string, signal: AbortSignal): Promise<ServiceAccountKey | undefined>;
  /**
   * What has changed since the cursor, in order; waits up to `waitMs` while nothing has. Without a cursor: all changes that a token
   * which is still in force could contradict.
   */
  changes(after: string | undefined, waitMs: number, signal: AbortSignal): Promise<ChangesPage>;
}
