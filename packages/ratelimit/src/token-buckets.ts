export interface Rate {
  /** Calls a second, in the long run. */
  readonly perSecond: number;
  /** Calls at once, after a pause. */
  readonly burst: number;
}

export interface BucketsOptions {
  readonly rate: Rate;
  /** Keys that are remembered; the least recently seen is forgotten, which gives it a full bucket. */
  readonly capacity?: number;
  /** Milliseconds that only go forward. */
  readonly now?: () => number;
}

interface Bucket {
  tokens: number;
  at: number;
}

const CAPACITY = 100_000;
const EPSILON = 1e-6;

/** A token bucket per key, in memory that is bounded whoever calls. */
export class TokenBuckets {
  readonly #rate: Rate;
  readonly #capacity: number;
  readonly #now: () => number;
  /** In the order of their last use. */
  readonly #buckets = new Map<string, Bucket>();

  constructor({ rate, capacity = CAPACITY, now = () => performance.now() }: BucketsOptions) {
    this.#rate = rate;
    this.#capacity = capacity;
    this.#now = now;
  }

  get size(): number {
    return this.#buckets.size;
  }

  /**
   * Takes `cost` tokens from the key's bucket.
   * @returns 0 when they were there; else, with nothing taken, the milliseconds after which they will be
   */
  take(key: string, cost = 1): number {
    const { perSecond, burst } = this.#rate;
    const now = this.#now();
    const bucket = this.#buckets.get(key) ?? { tokens: burst, at: now };
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) / 1000) * perSecond);
    bucket.at = now;
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size > this.#capacity) this.#buckets.delete(this.#buckets.keys().next().value!);
    // A call that is dearer than a whole bucket goes through when the bucket is full, and leaves a debt.
    const needed = Math.min(cost, burst);
    if (bucket.tokens >= needed - EPSILON) {
      bucket.tokens -= cost;
      return 0;
    }
    // Less than a microsecond is an error of rounding, but waiting no time at all would end nowhere.
    return Math.max(1, Math.ceil(((needed - bucket.tokens) / perSecond) * 1000 - 1e-3));
  }

  /** Gives back what was taken for a call that turned out not to count. */
  refund(key: string, cost = 1): void {
    const bucket = this.#buckets.get(key);
    if (bucket !== undefined) bucket.tokens = Math.min(this.#rate.burst, bucket.tokens + cost);
  }
}
