import { createHmac, randomBytes } from 'node:crypto';
import { Code } from '@telestack/errors';
import { exportJWK, exportSPKI, type JWTPayload } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createVerifier, type Verifier } from '../src/index.ts';
import { createKey, NOW, PROJECT, payload, sign, type TestKey, TestSource } from './support.ts';

/** Tokens of each kind; most are variations of a few signed ones, since signing is what takes time. */
const EACH = 840;
const SIGNED = 24;

let verifier: Verifier;
let key: TestKey;
let foreign: TestKey;
let pem: string;
let good: string;

beforeAll(async () => {
  [key, foreign] = await Promise.all([createKey('ours'), createKey('ours')]);
  pem = await exportSPKI(key.publicKey);
  good = await sign(key, payload());
  const source = new TestSource();
  source.keysInForce = [key];
  source.push({ kind: 'user', project: PROJECT, uid: 'mallory', blocked: true });
  source.push({ kind: 'user', project: PROJECT, uid: 'bob', blocked: false, validSince: NOW / 1000 });
  verifier = createVerifier({ source, profile: 'production', now: () => NOW });
  await verifier.ready;
});
afterAll(() => verifier.close());

const b64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const now = NOW / 1000;
const random = (n: number) => randomBytes(n).toString('base64url');

/** Signed tokens with claims or headers of their own, over and over. */
async function signed(
  make: (i: number) => { claims?: JWTPayload; header?: Record<string, unknown>; key?: TestKey },
): Promise<string[]> {
  const tokens = await Promise.all(
    Array.from({ length: SIGNED }, (_, i) => {
      const { claims = {}, header, key: by = key } = make(i);
      return sign(by, payload(claims), header);
    }),
  );
  return Array.from({ length: EACH }, (_, i) => tokens[i % SIGNED]!);
}

const variations = (make: (i: number) => string): string[] => Array.from({ length: EACH }, (_, i) => make(i));

const KINDS: Record<string, () => Promise<string[]> | string[]> = {
  unsigned: () =>
    variations((i) => {
      const alg = ['none', 'None', 'NONE', 'nOnE', ''][i % 5];
      return `${b64({ alg, kid: 'ours', n: i })}.${b64(payload({ sub: `user-${i}` }))}.${i % 2 ? '' : random(8)}`;
    }),
  'signed with the public key as a shared secret': () =>
    variations((i) => {
      const alg = ['HS256', 'HS384', 'HS512'][i % 3]!;
      const input = `${b64({ alg, kid: 'ours', typ: 'JWT' })}.${b64(payload({ sub: `user-${i}` }))}`;
      const secret = i % 2 ? pem : pem.trim();
      return `${input}.${createHmac(alg.replace('HS', 'sha'), secret).update(input).digest('base64url')}`;
    }),
  expired: () => signed((i) => ({ claims: { iat: now - 7_200, exp: now - 10 - i * 60 } })),
  'of the future': () => signed((i) => ({ claims: i % 2 ? { iat: now + 60 + i } : { nbf: now + 60 + i } })),
  'for another audience': () =>
    signed((i) => ({ claims: { aud: i % 2 ? `other-${i}` : [PROJECT, 'other'] } })),
  'by another issuer': () =>
    signed((i) => ({
      claims: {
        iss: [
          `https://securetoken.google.com.evil.example/${PROJECT}`,
          `http://securetoken.google.com/${PROJECT}`,
          `https://session.firebase.google.com/${PROJECT}`,
          `https://securetoken.google.com/${PROJECT}/`,
          'telestack',
          '',
        ][i % 6],
      },
    })),
  'of another project’s issuer': () =>
    signed((i) => ({ claims: { iss: `https://securetoken.google.com/other-${i}` } })),
  'by an unknown key': () =>
    signed((i) => ({ key: foreign, header: { kid: i % 4 ? `unknown-${i}` : undefined } })),
  'with a changed payload': () =>
    variations((i) => {
      const [header, , signature] = good.split('.');
      return `${header}.${b64(payload({ sub: 'alice', admin: true, n: i }))}.${signature}`;
    }),
  truncated: () =>
    variations((i) => good.slice(0, Math.floor((good.length - 1) * (i / EACH)) + (i % 3 ? 0 : 1) - 1)),
  'with a wrong signature': async () => {
    const byForeign = await signed(() => ({ key: foreign }));
    return variations((i) => {
      if (i % 2) return byForeign[i]!;
      const [header, body, signature] = good.split('.');
      const bytes = Buffer.from(signature!, 'base64url');
      bytes[i % bytes.length]! ^= 1 << (i % 8);
      return `${header}.${body}.${bytes.toString('base64url')}`;
    });
  },
  revoked: () => signed((i) => ({ claims: { sub: i % 2 ? 'mallory' : 'bob' } })),
  'with a key of their own': async () => {
    const jwk = await exportJWK(foreign.publicKey);
    return signed((i) => ({
      key: foreign,
      header: [
        { jwk },
        { jku: 'http://127.0.0.1:9/keys' },
        { x5u: 'http://127.0.0.1:9/cert' },
        { kid: '../../dev/null' },
        { jwk: { ...jwk, kid: 'ours' }, crit: ['b64'], b64: true },
      ][i % 5],
    }));
  },
};

test('ten thousand wrong tokens of thirteen kinds are refused', { timeout: 60_000 }, async () => {
  const startedAt = performance.now();
  let count = 0;
  for (const [kind, make] of Object.entries(KINDS)) {
    for (const token of new Set(await make())) {
      if (token === good) throw new Error(`A good token among those ${kind}.`);
    }
    for (const token of await make()) {
      count++;
      const outcome = await verifier.verify({ kind: 'token', token }).then(
        (principal) => `${kind}: accepted as ${JSON.stringify(principal)}: ${token}`,
        (error) => (error.code === Code.UNAUTHENTICATED ? '' : `${kind}: ${String(error.stack)}`),
      );
      if (outcome !== '') throw new Error(outcome);
    }
  }
  expect(count).toBeGreaterThan(10_000);
  expect(performance.now() - startedAt).toBeLessThan(20_000);
  // And the one that they were made from is a good one.
  expect(await verifier.verify({ kind: 'token', token: good })).toMatchObject({ kind: 'user', uid: 'alice' });
});

test('bytes that are no token are refused', async () => {
  for (let i = 0; i < 2_000; i++) {
    const token = [
      random(i % 64),
      `${random(9)}.${random(30)}.${random(i % 300)}`,
      '.'.repeat(i % 9),
      'x'.repeat(i * 20),
    ][i % 4]!;
    await expect(verifier.verify({ kind: 'token', token })).rejects.toMatchObject({
      code: Code.UNAUTHENTICATED,
    });
  }
});
