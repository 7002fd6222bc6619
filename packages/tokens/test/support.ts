import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import type { ApiKeyRecord, CredentialSource, PrincipalChange, ServiceAccountKey } from '../src/index.ts';

export const NOW = Date.UTC(2030, 0, 1);
export const PROJECT = 'demo';

export interface TestKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
}

export async function createKey(kid: string): Promise<TestKey> {
  return { kid, ...(await generateKeyPair('RS256', { extractable: true })) };
}

/** A source whose content the test changes, and which counts what it is asked. */
export class TestSource implements CredentialSource {
  keysInForce: TestKey[] = [];
  apiKeys = new Map<string, ApiKeyRecord>();
  accounts = new Map<string, ServiceAccountKey>();
  fetches = 0;
  lookups = 0;
  failures = 0;
  isDown = false;
  readonly #changes: PrincipalChange[] = [];
  #wake: (() => void) | undefined;

  push(change: PrincipalChange): void {
    this.#changes.push(change);
    this.#wake?.();
  }

  async keys() {
    this.fetches++;
    this.#check();
    const keys = await Promise.all(
      this.keysInForce.map(async ({ kid, publicKey }) => ({
        ...(await exportJWK(publicKey)),
        kid,
        alg: 'RS256',
      })),
    );
    return { platform: { keys } };
  }

  async apiKey(prefix: string) {
    this.lookups++;
    this.#check();
    return this.apiKeys.get(prefix);
  }

  async serviceAccountKey(email: string, kid: string) {
    this.lookups++;
    this.#check();
    return this.accounts.get(`${email} ${kid}`);
  }

  async changes(after: string | undefined, waitMs: number, signal: AbortSignal) {
    this.#check();
    const from = Number(after ?? 0);
    if (after !== undefined && this.#changes.length === from) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, waitMs);
        const wake = () => {
          clearTimeout(timer);
          resolve();
        };
        this.#wake = wake;
        signal.addEventListener('abort', wake);
      });
    }
    return { changes: this.#changes.slice(from), cursor: String(this.#changes.length) };
  }

  #check(): void {
    if (!this.isDown) return;
    this.failures++;
    throw new Error('down');
  }
}

/** The payload of a token that is in force. */
export function payload(more: JWTPayload = {}): JWTPayload {
  const now = NOW / 1000;
  return {
    iss: `https://securetoken.google.com/${PROJECT}`,
    aud: PROJECT,
    sub: 'alice',
    user_id: 'alice',
    iat: now - 60,
    exp: now + 3_540,
    auth_time: now - 60,
    firebase: { sign_in_provider: 'password', identities: {} },
    ...more,
  };
}

export function sign(
  key: TestKey,
  claims: JWTPayload,
  header: Record<string, unknown> = {},
): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'RS256', kid: key.kid, ...header })
    .sign(key.privateKey);
}
