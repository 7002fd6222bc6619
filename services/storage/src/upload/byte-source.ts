import type { Readable } from 'node:stream';
import { cancelled, deadlineExceeded, invalidArgument, StatusError } from '@telestack/errors';
import { freeChunk } from '@telestack/http';

/** Bytes that are read as they come, at most so many at a time. Those that were handed out hold until more are asked for: then their memory may be freed. */
export class ByteSource {
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #maxBytes: number;
  #rest: Buffer | undefined;
  #taken = 0;

  /** `maxBytes`: more than these are refused. */
  constructor(chunks: AsyncIterable<Buffer>, maxBytes = Number.POSITIVE_INFINITY) {
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.#maxBytes = maxBytes;
  }

  /** Bytes that were handed out. */
  get taken(): number {
    return this.#taken;
  }

  /** From one to `max` bytes, or undefined at the end. @throws StatusError INVALID_ARGUMENT, CANCELLED, DEADLINE_EXCEEDED */
  async next(max = Number.POSITIVE_INFINITY): Promise<Buffer | undefined> {
    while (this.#rest === undefined || this.#rest.length === 0) {
      const { done, value } = await this.#chunks.next();
      if (done) return undefined;
      this.#rest = value;
    }
    const bytes = this.#rest.length <= max ? this.#rest : this.#rest.subarray(0, max);
    this.#rest = bytes === this.#rest ? undefined : this.#rest.subarray(max);
    this.#taken += bytes.length;
    if (this.#taken > this.#maxBytes) {
      throw invalidArgument(`The object is larger than the ${this.#maxBytes} bytes that are allowed.`);
    }
    return bytes;
  }

  /** Stops reading; the stream behind is not touched. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  /** Puts bytes back that `next` has handed out last. */
  unread(bytes: Buffer): void {
    this.#taken -= bytes.length;
    this.#rest = this.#rest === undefined ? bytes : Buffer.concat([bytes, this.#rest]);
  }
}

/**
 * The body of a request, given up when nothing comes for `idleMs`. The stream is left open at an early end, so that an error can be answered.
 * Each chunk is freed when the next one is asked for.
 */
export async function* requestBody(body: Readable, idleMs: number): AsyncGenerator<Buffer> {
  const chunks = body.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>;
  try {
    for (;;) {
      // Only while the client is waited for: that the object store is slow is not the client's fault.
      const timer = setTimeout(() => {
        body.destroy(deadlineExceeded('The request body stopped coming.'));
      }, idleMs);
      const { done, value } = await chunks.next().finally(() => clearTimeout(timer));
      if (done) return;
      yield value;
      freeChunk(value);
    }
  } catch (error) {
    if (error instanceof StatusError) throw error;
    throw cancelled('The client went away.', { cause: error });
  } finally {
    await chunks.return?.();
  }
}
