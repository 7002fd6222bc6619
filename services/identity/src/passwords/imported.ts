import { createCipheriv, createHash, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { StoredPassword } from '../accounts/account.ts';
import { check } from '../errors.ts';
import { derive } from './derive.ts';

const DIGESTS: Readonly<Record<string, string>> = {
  MD5: 'md5',
  SHA1: 'sha1',
  SHA256: 'sha256',
  SHA512: 'sha512',
  HMAC_MD5: 'md5',
  HMAC_SHA1: 'sha1',
  HMAC_SHA256: 'sha256',
  HMAC_SHA512: 'sha512',
  PBKDF_SHA1: 'sha1',
  PBKDF2_SHA256: 'sha256',
};
/** So that a made-up import cannot make a sign-in take for ever. */
const MAX_ROUNDS = 1_000_000;
const MAX_MEMORY_COST = 17;

/** The parameters of accounts:batchCreate that say how its hashes were made. */
export interface HashRequest {
  readonly hashAlgorithm?: string;
  /** Web-safe base64. */
  readonly signerKey?: string;
  readonly saltSeparator?: string;
  readonly rounds?: number;
  readonly memoryCost?: number;
  readonly cpuMemCost?: number;
  readonly parallelization?: number;
  readonly blockSize?: number;
  readonly dkLen?: number;
  readonly passwordHashOrder?: string;
}

/** How an imported hash is kept. @throws IdentityError for an algorithm that cannot be checked here */
export function importedPassword(
  request: HashRequest,
  hash: string,
  salt: string | undefined,
): StoredPassword {
  const algorithm = request.hashAlgorithm ?? '';
  const isKnown = algorithm in DIGESTS || algorithm === 'SCRYPT' || algorithm === 'STANDARD_SCRYPT';
  check(
    isKnown,
    'INVALID_HASH_ALGORITHM : Supported are SCRYPT, STANDARD_SCRYPT, HMAC_*, PBKDF*, SHA* and MD5.',
  );
  check((request.rounds ?? 1) <= MAX_ROUNDS, 'INVALID_HASH_ALGORITHM : Too many rounds.');
  check(
    (request.memoryCost ?? 1) <= MAX_MEMORY_COST,
    'INVALID_HASH_ALGORITHM : The memory cost is too high.',
  );
  check(
    (request.cpuMemCost ?? 1) <= 2 ** MAX_MEMORY_COST,
    'INVALID_HASH_ALGORITHM : The memory cost is too high.',
  );
  const { hashAlgorithm: _, ...parameters } = request;
  return { ...parameters, algorithm, hash, ...(salt === undefined ? {} : { salt }) };
}

/** Checks a password against a hash that Firebase or another system made. */
export async function verifyImported(password: string, stored: StoredPassword): Promise<boolean> {
  const expected = bytes(stored.hash);
  const actual = await hashAs(password, stored, expected.length);
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}

async function hashAs(password: string, stored: StoredPassword, length: number): Promise<Buffer> {
  const { algorithm } = stored;
  const salt = bytes(stored.salt);
  const rounds = Number(stored.rounds ?? 1);
  if (algorithm === 'SCRYPT') return firebaseScrypt(password, stored, salt);
  if (algorithm === 'STANDARD_SCRYPT') {
    const parameters = {
      N: Number(stored.cpuMemCost ?? 1024),
      r: Number(stored.blockSize ?? 8),
      p: Number(stored.parallelization ?? 1),
    };
    return derive(password, salt, Number(stored.dkLen ?? length), parameters);
  }
  const digest = DIGESTS[algorithm];
  if (digest === undefined) return Buffer.alloc(0);
  if (algorithm.startsWith('PBKDF'))
    return promisify(pbkdf2)(password, salt, Math.max(1, rounds), length, digest);
  const isSaltFirst = stored.passwordHashOrder !== 'PASSWORD_AND_SALT';
  const input = isSaltFirst ? [salt, Buffer.from(password)] : [Buffer.from(password), salt];
  if (algorithm.startsWith('HMAC_')) {
    return input
      .reduce((hmac, part) => hmac.update(part), createHmac(digest, bytes(stored.signerKey)))
      .digest();
  }
  let hash = input.reduce((hash, part) => hash.update(part), createHash(digest)).digest();
  for (let round = 1; round < rounds; round++) hash = createHash(digest).update(hash).digest();
  return hash;
}

/** Firebase's own: scrypt yields a key, with which the project's signer key is encrypted (AES-256-CTR). */
async function firebaseScrypt(password: string, stored: StoredPassword, salt: Buffer): Promise<Buffer> {
  const parameters = { N: 2 ** Number(stored.memoryCost ?? 14), r: Number(stored.rounds ?? 8), p: 1 };
  const key = await derive(password, Buffer.concat([salt, bytes(stored.saltSeparator)]), 64, parameters);
  const cipher = createCipheriv('aes-256-ctr', key.subarray(0, 32), Buffer.alloc(16));
  return Buffer.concat([cipher.update(bytes(stored.signerKey)), cipher.final()]);
}

/** Node reads both alphabets of base64. */
function bytes(text: string | number | undefined): Buffer {
  return Buffer.from(typeof text === 'string' ? text : '', 'base64');
}
