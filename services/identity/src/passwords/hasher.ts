import { randomBytes, timingSafeEqual } from 'node:crypto';
import { resourceExhausted } from '@telestack/errors';
import type { StoredPassword } from '../accounts/account.ts';
import { derive } from './derive.ts';
import { verifyImported } from './imported.ts';

export interface HasherOptions {
  /** Cost of one hash: 2^logCost blocks of memory. */
  readonly logCost?: number;
  /** Hashes that are computed at the same time: each takes a core and `128 * 8 * 2^logCost` bytes. */
  readonly concurrency?: number;
  /** Callers that may wait; the next one is refused. */
  readonly maxWaiting?: number;
}

const ALGORITHM = 'scrypt';
/** 32 MiB and three passes: OWASP's parameters for scrypt with little memory. */
const LOG_COST = 15;
const BLOCK_SIZE = 8;
const PARALLELIZATION = 3;
const CONCURRENCY = 2;
const MAX_WAITING = 200;
const LENGTH = 32;

/** Hashes and checks passwords with scrypt, a few at a time: sign-ins must not take the process's memory or all of its threads. */
export class PasswordHasher {
  readonly #logCost: number;
  readonly #concurrency: number;
  readonly #maxWaiting: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(options: HasherOptions = {}) {
    this.#logCost = options.logCost ?? LOG_COST;
    this.#concurrency = options.concurrency ?? CONCURRENCY;
    this.#maxWaiting = options.maxWaiting ?? MAX_WAITING;
  }

  async hash(password: string): Promise<StoredPassword> {
    const salt = randomBytes(16);
    const parameters = { N: 2 ** this.#logCost, r: BLOCK_SIZE, p: PARALLELIZATION };
    const hash = await this.#limited(() => derive(password, salt, LENGTH, parameters));
    return {
      algorithm: ALGORITHM,
      hash: hash.toString('base64url'),
      salt: salt.toString('base64url'),
      logCost: this.#logCost,
      blockSize: BLOCK_SIZE,
      parallelization: PARALLELIZATION,
    };
  }

  /** `isOutdated` asks to hash the password anew: with other parameters, or because another system made the hash. */
  async verify(password: string, stored: StoredPassword): Promise<{ isRight: boolean; isOutdated: boolean }> {
    if (stored.algorithm !== ALGORITHM) {
      return { isRight: await this.#limited(() => verifyImported(password, stored)), isOutdated: true };
    }
    const logCost = Number(stored.logCost);
    const expected = Buffer.from(stored.hash, 'base64url');
    const parameters = { N: 2 ** logCost, r: Number(stored.blockSize), p: Number(stored.parallelization) };
    const salt = Buffer.from(stored.salt ?? '', 'base64url');
    const hash = await this.#limited(() => derive(password, salt, expected.length, parameters));
    return { isRight: timingSafeEqual(hash, expected), isOutdated: logCost !== this.#logCost };
  }

  /** Takes the time of a check, so that an address without an account cannot be told from a wrong password. */
  async waste(password: string): Promise<void> {
    await this.hash(password);
  }

  async #limited<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#concurrency) {
      if (this.#waiting.length >= this.#maxWaiting)
        throw resourceExhausted('Too many sign-ins at the same time.');
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#running++;
    }
    try {
      return await work();
    } finally {
      // The place is handed on, or given up.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }
}
