import { invalidArgument } from '@telestack/errors';
import type { CallContext } from '@telestack/rpc';
import type { Bucket } from '../objects/buckets.ts';
import type { StorageObject } from '../objects/object.ts';
import type { Objects } from '../objects/objects.ts';
import { storeHeaders } from '../objects/store-headers.ts';
import type { ObjectStore } from '../s3/object-store.ts';
import type { ByteSource } from './byte-source.ts';
import { Checksums } from './checksums.ts';
import type { MemoryBudget } from './memory-budget.ts';
import { StagedObject } from './staged-object.ts';
import { checkContent, type UploadRequest } from './upload-request.ts';

export interface UploadsOptions {
  readonly objects: Objects;
  readonly store: ObjectStore;
  readonly budget: MemoryBudget;
  /** Larger objects are refused. */
  readonly maxObjectBytes: number;
  readonly log: (message: string, error?: unknown) => void;
}

/** One part for nearly everything: where the connection breaks, all is lost in any case, and the store flushes its disk once. */
const STREAMED_PART_BYTES = 1024 ** 3;

/** Uploads whose bytes come in one request. */
export class Uploads {
  readonly #options: UploadsOptions;

  constructor(options: UploadsOptions) {
    this.#options = options;
  }

  get maxObjectBytes(): number {
    return this.#options.maxObjectBytes;
  }

  /** Refuses what can be refused before the bytes come. */
  authorize(context: CallContext, request: UploadRequest): Promise<Bucket> {
    const { maxObjectBytes, objects } = this.#options;
    const { bucket, path, metadata, size } = request;
    if (size !== undefined && size > maxObjectBytes) throw tooLarge(maxObjectBytes);
    const { md5, crc32c } = request;
    return objects.authorizeUpload(context, bucket, { bucket, path, ...metadata, size, md5, crc32c }, true);
  }

  /** Stores the source's bytes, between `atLeast` and `atMost` of them. Nothing is stored where this fails. */
  async store(
    context: CallContext,
    request: UploadRequest,
    source: ByteSource,
    atLeast: number,
    atMost: number,
  ): Promise<StorageObject> {
    const { objects, store, budget, log } = this.#options;
    const bucket = await this.authorize(context, request);
    let parts = 0;
    const staged = new StagedObject({
      store,
      location: { bucket: bucket.storeName, key: request.path },
      headers: storeHeaders(request.metadata),
      budget,
      checksums: Checksums.once(),
      streamedPartBytes: STREAMED_PART_BYTES,
      nextPart: async () => ++parts,
    });
    try {
      await staged.append(source, atLeast, atMost);
      await staged.seal();
      const facts = staged.facts();
      checkContent(request, facts);
      return await objects.publish(context, { ...request, bucket, facts, finish: () => staged.finish() });
    } catch (error) {
      // Where this fails too, reconciliation clears the parts away.
      await staged.discard().catch((cause: unknown) => log('An upload could not be cleared away.', cause));
      throw error;
    } finally {
      staged.close();
      await source.close();
    }
  }
}

export function tooLarge(maxObjectBytes: number) {
  return invalidArgument(`The object is larger than the ${maxObjectBytes} bytes that are allowed.`);
}
