import { randomBytes } from 'node:crypto';
import { unavailable } from '@telestack/errors';
import type { Database } from '@telestack/pg';
import { ALGORITHM } from '@telestack/tokens';
import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JSONWebKeySet, type JWK } from 'jose';

export interface SigningKey {
  readonly kid: string;
  readonly key: CryptoKey;
}

/** "sign" as a number: one replica makes a new key, the others wait and find it. */
const LOCK = 0x7369676en;
/** Keys verify for as long as anything that they signed is in force: session cookies, 14 days. */
const KEPT_MS = 15 * 24 * 3_600_000;
/** How soon a replica knows of a key that another one made. */
const RELOAD_MS = 60_000;

/** A key is published for so long before it signs: every replica and every verifier has reloaded by then. */
const PUBLISHED_MS = 2 * RELOAD_MS;

interface Loaded {
  readonly keys: readonly (SigningKey & { readonly createdAt: number })[];
  readonly jwks: JSONWebKeySet;
  readonly at: number;
}

/** The keys that tokens are signed with, shared by all replicas through PostgreSQL. A new one takes over in time; old ones go on verifying. */
export class SigningKeys {
  readonly #db: Database;
  readonly #rotateMs: number;
  readonly #now: () => number;
  #loaded: Loaded | undefined;
  #loading: Promise<void> | undefined;

  /** @param rotateMs age at which a key is replaced */
  constructor(db: Database, rotateMs: number, now: () => number = Date.now) {
    this.#db = db;
    this.#rotateMs = rotateMs;
    this.#now = now;
  }

  /** The newest key that everybody knows; at the beginning, the only one. */
  async current(): Promise<SigningKey> {
    const { keys } = await this.#get();
    const published = keys.find(({ createdAt }) => createdAt <= this.#now() - PUBLISHED_MS);
    return published ?? keys.at(-1)!;
  }

  /** All public keys that verify. */
  async jwks(): Promise<JSONWebKeySet> {
    return (await this.#get()).jwks;
  }

  /** Makes a new key, which signs two minutes from now. */
  async rotate(): Promise<void> {
    await this.#load(true);
  }

  async #get(): Promise<Loaded> {
    if (this.#loaded === undefined || this.#now() - this.#loaded.at > RELOAD_MS) {
      this.#loading ??= this.#load(false).finally(() => {
        this.#loading = undefined;
      });
      await this.#loading;
    }
    return this.#loaded!;
  }

  async #load(mustRotate: boolean): Promise<void> {
    const now = this.#now();
    const rows = await this.#db.transaction(async (tx) => {
      await tx.query(`SELECT pg_advisory_xact_lock(${LOCK})`);
      const { rows: found } = await tx.query<Row>(
        'SELECT kid, private_key, public_key, created_at FROM identity.signing_keys ORDER BY created_at DESC, kid',
      );
      const newest = found[0];
      if (!mustRotate && newest !== undefined && now - newest.created_at < this.#rotateMs) return found;
      const made = await createKey(now);
      await tx.query(
        'INSERT INTO identity.signing_keys (kid, private_key, public_key, created_at) VALUES ($1, $2, $3, $4)',
        [made.kid, made.private_key, made.public_key, made.created_at],
      );
      // A key was last used when the one after it took over.
      const unused = found.slice(1).filter((_, i) => now - found[i]!.created_at > KEPT_MS);
      await tx.query('DELETE FROM identity.signing_keys WHERE kid = ANY ($1)', [
        unused.map(({ kid }) => kid),
      ]);
      return [made, ...found.filter((row) => !unused.includes(row))];
    });
    const keys = await Promise.all(rows.map(importPrivate));
    this.#loaded = { keys, jwks: { keys: rows.map((row) => JSON.parse(row.public_key) as JWK) }, at: now };
  }
}

async function importPrivate({ kid, private_key, created_at }: Row) {
  const key = await importJWK(JSON.parse(private_key) as JWK, ALGORITHM);
  if (key instanceof Uint8Array) throw unavailable('The signing key is of another kind.');
  return { kid, key, createdAt: created_at };
}

interface Row {
  readonly kid: string;
  readonly private_key: string;
  readonly public_key: string;
  readonly created_at: number;
}

async function createKey(createdAt: number): Promise<Row> {
  const { publicKey, privateKey } = await generateKeyPair(ALGORITHM, {
    modulusLength: 2048,
    extractable: true,
  });
  const kid = randomBytes(20).toString('hex');
  const publicJwk = { ...(await exportJWK(publicKey)), kid, alg: ALGORITHM, use: 'sig' };
  return {
    kid,
    private_key: JSON.stringify(await exportJWK(privateKey)),
    public_key: JSON.stringify(publicJwk),
    created_at: createdAt,
  };
}
