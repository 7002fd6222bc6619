import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const FORMAT = /^tsk_([A-Za-z0-9]{12})_[A-Za-z0-9_-]{43}$/;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

export interface NewApiKey {
  /** The whole key. It is shown once and kept nowhere. */
  readonly key: string;
  /** Its public part, by which it is found and named. */
  readonly prefix: string;
  readonly hash: string;
}

/** A key of 256 random bits: too many to guess, so one round of SHA-256 is hash enough. */
export function createApiKey(): NewApiKey {
  const prefix = Array.from(randomBytes(12), (byte) => ALPHABET[byte % ALPHABET.length]).join('');
  const key = `tsk_${prefix}_${randomBytes(32).toString('base64url')}`;
  return { key, prefix, hash: hashApiKey(key) };
}

/** The public part of what looks like an API key of ours; undefined for anything else. */
export function apiKeyPrefix(text: string): string | undefined {
  return FORMAT.exec(text)?.[1];
}

export function hashApiKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** Compares in constant time. */
export function isApiKey(key: string, hash: string): boolean {
  const [a, b] = [Buffer.from(hashApiKey(key)), Buffer.from(hash)];
  return a.length === b.length && timingSafeEqual(a, b);
}
