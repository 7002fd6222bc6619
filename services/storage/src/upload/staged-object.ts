import { invalidArgument } from '@telestack/errors';
import { freeChunk } from '@telestack/http';
import type { ContentFacts } from '../objects/object.ts';
import type { ObjectStore, StoredPart, StoreHeaders, StoreLocation } from '../s3/object-store.ts';
import type { ByteSource } from './byte-source.ts';
import type { Checksums } from './checksums.ts';
import type { MemoryBudget } from './memory-budget.ts';

/** S3 takes no smaller part, the last aside. */
export const MIN_PART_BYTES = 5 * 1024 * 1024;
/** S3's limit. Parts that were buffered reach it at 48 GiB, others grow with the object. */
const MAX_PARTS = 10_000;

/** How far an upload has come; enough to go on with it in another process. */
export interface StagedState {
  readonly storeUploadId?: string;
  readonly parts: readonly StoredPart[];
  /** Bytes in the parts. */
  readonly partBytes: number;
  /** Bytes that no part has yet. */
  readonly tail: Buffer;
}

export interface StagedOptions {
  readonly store: ObjectStore;
  readonly location: StoreLocation;
  readonly headers: StoreHeaders;
  readonly budget: MemoryBudget;
  readonly checksums: Checksums;
  /**
   * Bytes of a part whose length is known beforehand, which goes straight through. The store flushes each part to its disk; a broken
   * connection costs one.
   */
  readonly streamedPartBytes: number;
  /** A number that no other part of this upload has, larger than those before. */
  nextPart(): Promise<number>;
  /** Called after each part: what can be written down now is not lost any more. */
  onPart?(): Promise<void>;
}

/** Bytes on their way to the object store, not visible there before `finish`. */
export class StagedObject {
  readonly #options: StagedOptions;
  #storeUploadId: string | undefined;
  readonly #parts: StoredPart[];
  #partBytes: number;
  #tail: Buffer;
  /** What the tail is a part of, where it was allocated here. */
  #memory: Buffer | undefined;
  /** Room that is held for the tail. */
  #release: (() => void) | undefined;

  constructor(options: StagedOptions, state?: StagedState) {
    this.#options = options;
    this.#storeUploadId = state?.storeUploadId;
    this.#parts = [...(state?.parts ?? [])];
    this.#partBytes = state?.partBytes ?? 0;
    this.#tail = state?.tail ?? Buffer.alloc(0);
  }

  get received(): number {
    return this.#partBytes + this.#tail.length;
  }

  get state(): StagedState {
    return {
      storeUploadId: this.#storeUploadId,
      parts: this.#parts,
      partBytes: this.#partBytes,
      tail: this.#tail,
    };
  }

  /**
   * Takes all bytes of the source. `atLeast` and `atMost` bound how many will come: those that are certain are streamed, others are
   * gathered until a part is full.
   */
  async append(source: ByteSource, atLeast: number, atMost: number): Promise<void> {
    const start = source.taken;
    for (;;) {
      const taken = source.taken - start;
      const certain = this.#tail.length + Math.max(0, atLeast - taken);
      if (certain >= MIN_PART_BYTES)
        await this.#streamPart(source, Math.min(certain, this.#streamedPartBytes(atMost)));
      else if (await this.#fillTail(source, atMost - taken)) await this.#sendTail();
      else return;
    }
  }

  /** All bytes have come: what is left becomes the last part, unless the object is small enough to be stored at once. */
  async seal(): Promise<void> {
    if (this.#storeUploadId !== undefined && this.#tail.length > 0) await this.#sendTail();
  }

  /** What is known of the bytes, now that all have come. */
  facts(): ContentFacts {
    return { size: this.received, ...this.#options.checksums.digest() };
  }

  /** Makes the sealed object visible in the store. Resolves to the store's tag of it. */
  async finish(): Promise<string> {
    const { store, location, headers } = this.#options;
    if (this.#storeUploadId === undefined) {
      const etag = await store.putBytes(location, this.#tail, headers);
      this.#freeTail();
      return etag;
    }
    return store.completeMultipart(location, this.#storeUploadId, this.#parts);
  }

  /** Gives memory back; what the store has stays. */
  close(): void {
    this.#dropTail();
  }

  /** Forgets everything, in the store as well. */
  async discard(): Promise<void> {
    this.#dropTail();
    const { store, location } = this.#options;
    if (this.#storeUploadId !== undefined) await store.abortMultipart(location, this.#storeUploadId);
  }

  #streamedPartBytes(atMost: number): number {
    const { streamedPartBytes } = this.#options;
    if (!Number.isFinite(atMost)) return streamedPartBytes;
    return Math.max(streamedPartBytes, Math.ceil(atMost / (MAX_PARTS - 100)));
  }

  async #streamPart(source: ByteSource, size: number): Promise<void> {
    const { checksums } = this.#options;
    const before = checksums.save();
    const tail = this.#tail;
    async function* bytes() {
      if (tail.length > 0) yield tail;
      for (let left = size - tail.length; left > 0; ) {
        const chunk = await source.next(left);
        if (chunk === undefined) throw invalidArgument('The request body is shorter than it said.');
        checksums.update(chunk);
        left -= chunk.length;
        yield chunk;
      }
    }
    try {
      await this.#putPart(size, bytes());
    } catch (error) {
      // The bytes of this part are lost, and the client sends them again.
      if (before !== undefined) checksums.restore(before);
      throw error;
    }
    this.#freeTail();
    await this.#options.onPart?.();
  }

  /** Gathers bytes until there are enough for a part (true) or the source ends (false). */
  async #fillTail(source: ByteSource, atMost: number): Promise<boolean> {
    const before = this.#tail.length;
    let buffer: Buffer | undefined;
    let size = before;
    for (;;) {
      const chunk = await source.next(MIN_PART_BYTES - size);
      if (chunk === undefined) break;
      buffer ??= await this.#room(Math.min(MIN_PART_BYTES, before + atMost));
      if (size + chunk.length > buffer.length)
        throw invalidArgument('The request body is longer than it said.');
      buffer.set(chunk, size);
      this.#options.checksums.update(chunk);
      size += chunk.length;
      this.#tail = buffer.subarray(0, size);
      if (size === MIN_PART_BYTES) return true;
    }
    return false;
  }

  /** A buffer of `bytes` that begins with the present tail. */
  async #room(bytes: number): Promise<Buffer> {
    const release = await this.#options.budget.take(bytes);
    const buffer = Buffer.allocUnsafeSlow(bytes);
    buffer.set(this.#tail);
    this.#freeTail();
    this.#memory = buffer;
    this.#release = release;
    return buffer;
  }

  async #sendTail(): Promise<void> {
    const tail = this.#tail;
    async function* bytes() {
      yield tail;
    }
    await this.#putPart(tail.length, bytes());
    this.#freeTail();
    await this.#options.onPart?.();
  }

  async #putPart(size: number, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    const { store, location, headers, nextPart } = this.#options;
    if (this.#parts.length === MAX_PARTS) throw invalidArgument('The object has too many parts.');
    this.#storeUploadId ??= await store.startMultipart(location, headers);
    const part = await nextPart();
    const etag = await store.putPart(location, this.#storeUploadId, part, size, bytes);
    this.#parts.push({ part, etag });
    this.#partBytes += size;
  }

  /** Where the store has it: after a failure a write may still be under way. */
  #freeTail(): void {
    if (this.#memory) freeChunk(this.#memory);
    this.#dropTail();
  }

  #dropTail(): void {
    this.#tail = Buffer.alloc(0);
    this.#memory = undefined;
    this.#release?.();
    this.#release = undefined;
  }
}
