import { createHash, randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { Code, invalidArgument, notFound, StatusError } from '@telestack/errors';
import type { Database } from '@telestack/pg';
import type { CallContext } from '@telestack/rpc';
import type { Buckets } from '../objects/buckets.ts';
import type { StorageObject } from '../objects/object.ts';
import type { Objects } from '../objects/objects.ts';
import { lockObject } from '../objects/rows.ts';
import { storeHeaders } from '../objects/store-headers.ts';
import { storeErrorCode, toStorageError } from '../s3/errors.ts';
import type { ObjectStore, StoredPart, StoreLocation } from '../s3/object-store.ts';
import type { ByteSource } from './byte-source.ts';
import { Checksums } from './checksums.ts';
import type { MemoryBudget } from './memory-budget.ts';
import {
  deleteSession,
  endSession,
  findSession,
  insertSession,
  saveProgress,
  takePartNumber,
  type UploadSession,
} from './session-rows.ts';
import { StagedObject } from './staged-object.ts';
import { checkContent, type UploadRequest } from './upload-request.ts';
import type { Uploads } from './uploads.ts';

export interface ResumableOptions {
  readonly db: Database;
  readonly store: ObjectStore;
  readonly objects: Objects;
  readonly buckets: Buckets;
  readonly uploads: Uploads;
  readonly budget: MemoryBudget;
  /** The object store's bucket for what is too small for a part. */
  readonly stagingBucket: string;
  readonly log: (message: string, error?: unknown) => void;
}

/** What a broken connection may cost; the largest chunk of Firebase's SDKs. */
const STREAMED_PART_BYTES = 32 * 1024 * 1024;

/** An upload in progress, with the bytes of the present request. */
interface Work {
  session: UploadSession;
  readonly staged: StagedObject;
  readonly checksums: Checksums;
  readonly location: StoreLocation;
}

/**
 * Uploads whose bytes come in several requests, maybe to several replicas, with restarts in between. Everything that was reported as
 * received is in the object store, and everything that is needed to go on is in the session's row.
 */
export class ResumableUploads {
  readonly #options: ResumableOptions;
  #staging: Promise<void> | undefined;

  constructor(options: ResumableOptions) {
    this.#options = options;
  }

  /** Resolves to the new session's id, which is all that a client needs to go on with it: it must not be guessed. */
  async start(context: CallContext, request: UploadRequest): Promise<string> {
    await this.#options.uploads.authorize(context, request);
    const id = `${randomUUID()}${randomUUID()}`.replaceAll('-', '');
    await insertSession(this.#options.db, id, request, context.principal);
    return id;
  }

  /** @throws StatusError NOT_FOUND */
  async get(id: string): Promise<UploadSession> {
    const session = await findSession(this.#options.db, id);
    if (!session) throw notFound('The upload session does not exist, or has expired.');
    return session;
  }

  /**
   * Takes more bytes, `size` of them from `offset` on; resolves to the session as it is then. Bytes that it has already are passed
   * over. What has come of a part that was broken off is not counted.
   */
  async append(
    session: UploadSession,
    source: ByteSource,
    offset: number,
    size: number | undefined,
  ): Promise<UploadSession> {
    const work = await this.#resume(session);
    try {
      await this.#append(work, source, offset, size);
      await this.#saveTail(work);
      return work.session;
    } catch (error) {
      throw await this.#explain(error, work.session);
    } finally {
      work.staged.close();
      await source.close();
    }
  }

  /** Takes the last bytes and makes the object visible. */
  async finish(
    context: CallContext,
    session: UploadSession,
    source: ByteSource,
    offset: number,
    size: number | undefined,
  ): Promise<StorageObject> {
    const work = await this.#resume(session);
    try {
      await this.#append(work, source, offset, size);
      await work.staged.seal();
      return await this.#publish({ ...context, principal: session.principal }, work);
    } catch (error) {
      throw await this.#explain(error, work.session);
    } finally {
      work.staged.close();
      await source.close();
    }
  }

  async cancel(session: UploadSession): Promise<void> {
    await endSession(this.#options.db, session.id, 'cancelled');
    await this.discard(session);
  }

  /** Clears away what a session has in the object store. */
  async discard(session: UploadSession): Promise<void> {
    const { store, buckets, stagingBucket } = this.#options;
    const bucket = await buckets.find(session.request.bucket);
    if (bucket && session.storeUploadId !== undefined) {
      const location = { bucket: bucket.storeName, key: session.request.path };
      await store.abortMultipart(location, session.storeUploadId).catch((error: StatusError) => {
        if (storeErrorCode(error) !== 'NoSuchUpload') throw error;
      });
    }
    if (session.tailKey !== undefined) await store.remove({ bucket: stagingBucket, key: session.tailKey });
  }

  /** The session itself, once nobody will ask for it. */
  async forget(session: UploadSession): Promise<void> {
    if (session.status === 'active') await this.discard(session);
    await deleteSession(this.#options.db, session.id);
  }

  async #resume(session: UploadSession): Promise<Work> {
    const { store, budget, db, buckets } = this.#options;
    const bucket = await buckets.forWriting(session.request.bucket);
    const location = { bucket: bucket.storeName, key: session.request.path };
    const checksums = await Checksums.create(session.checksums);
    const work: Work = {
      session,
      checksums,
      location,
      staged: new StagedObject(
        {
          store,
          location,
          budget,
          checksums,
          streamedPartBytes: STREAMED_PART_BYTES,
          headers: storeHeaders(session.request.metadata),
          nextPart: () => takePartNumber(db, session.id),
          onPart: () => this.#save(work, 0),
        },
        {
          storeUploadId: session.storeUploadId,
          parts: session.parts,
          partBytes: session.received - session.tailSize,
          tail: await this.#readTail(session),
        },
      ),
    };
    return work;
  }

  async #append(work: Work, source: ByteSource, offset: number, size: number | undefined): Promise<void> {
    const { received } = work.session;
    if (offset > received)
      throw invalidArgument(`The upload has ${received} bytes; it does not go on at ${offset}.`);
    for (let known = received - offset; known > 0; ) {
      const bytes = await source.next(known);
      if (bytes === undefined) return;
      known -= bytes.length;
    }
    const left = this.#options.uploads.maxObjectBytes - received;
    const coming = size === undefined ? undefined : size - (received - offset);
    await work.staged.append(source, coming ?? 0, Math.min(coming ?? Number.POSITIVE_INFINITY, left));
  }

  async #publish(context: CallContext, work: Work): Promise<StorageObject> {
    const { objects, buckets } = this.#options;
    const { session, staged, location } = work;
    const bucket = await buckets.get(session.request.bucket);
    const facts = staged.facts();
    try {
      checkContent(session.request, facts);
      const object = await objects.publish(context, {
        ...session.request,
        bucket,
        facts,
        finish: () => this.#finish(staged, location),
        record: (tx) => endSession(tx, session.id, 'final'),
      });
      await this.#removeTail(session.tailKey);
      return object;
    } catch (error) {
      if (isRefusal(error))
        await this.cancel(work.session).catch((cause) =>
          this.#options.log('An upload could not be cleared away.', cause),
        );
      throw error;
    }
  }

  /** The process may have died after the store had put the parts together and before the row was there. */
  async #finish(staged: StagedObject, location: StoreLocation): Promise<string> {
    try {
      return await staged.finish();
    } catch (error) {
      if (storeErrorCode(error) !== 'NoSuchUpload') throw error;
      const stored = await this.#options.store.stat(location);
      const { parts } = staged.state;
      if (stored === undefined || stored.etag !== multipartEtag(parts)) throw error;
      return stored.etag;
    }
  }

  /**
   * The store does not know the upload: another request has just completed it, which the client is to ask about. Or it has given it up, or
   * completed it for a process that died and replaced the object since: then the session leads nowhere.
   */
  async #explain(error: unknown, { id, request, received }: UploadSession): Promise<unknown> {
    if (!/^(NoSuchUpload|InvalidPart)$/.test(storeErrorCode(error))) return error;
    const session = await this.#options.db.transaction(async (tx) => {
      // Whoever completes it holds the lock until the session says so.
      await lockObject(tx, request.bucket, request.path);
      return findSession(tx, id);
    });
    if (session?.status !== 'active' || session.received !== received) return error;
    return notFound('The object store has given the upload up: begin it again.', { cause: error });
  }

  async #saveTail(work: Work): Promise<void> {
    const { tail } = work.staged.state;
    const { session } = work;
    if (tail.length === 0 || session.received === work.staged.received) return;
    await this.#ensureStaging();
    const tailKey = `${session.id}/${randomUUID()}`;
    await this.#options.store.putBytes({ bucket: this.#options.stagingBucket, key: tailKey }, tail, {});
    await this.#save(work, tail.length, tailKey);
  }

  async #save(work: Work, tailSize: number, tailKey?: string): Promise<void> {
    const { staged, checksums, session } = work;
    const { storeUploadId, parts } = staged.state;
    work.session = await saveProgress(this.#options.db, session, {
      storeUploadId,
      parts: [...parts],
      received: staged.received,
      tailSize,
      tailKey,
      checksums: checksums.save(),
    });
    await this.#removeTail(session.tailKey);
  }

  async #readTail(session: UploadSession): Promise<Buffer> {
    if (session.tailKey === undefined) return Buffer.alloc(0);
    const from = { bucket: this.#options.stagingBucket, key: session.tailKey };
    const bytes = await this.#options.store.open(from);
    return buffer(bytes).catch((error: unknown) => {
      // The store has gone away in the middle of them.
      throw toStorageError(error);
    });
  }

  async #removeTail(tailKey: string | undefined): Promise<void> {
    if (tailKey === undefined) return;
    await this.#options.store
      .remove({ bucket: this.#options.stagingBucket, key: tailKey })
      // Reconciliation removes those that nobody needs.
      .catch((error: unknown) => this.#options.log('The tail of an upload could not be removed.', error));
  }

  #ensureStaging(): Promise<void> {
    this.#staging ??= this.#options.store.ensureBucket(this.#options.stagingBucket, false);
    this.#staging.catch(() => {
      this.#staging = undefined;
    });
    return this.#staging;
  }
}

/** Sending the same again would fail again. */
function isRefusal(error: unknown): boolean {
  const refusals: readonly Code[] = [Code.INVALID_ARGUMENT, Code.PERMISSION_DENIED, Code.FAILED_PRECONDITION];
  return error instanceof StatusError && refusals.includes(error.code);
}

/** What S3 calls an object of several parts: the MD5 of their MD5s, and how many. */
export function multipartEtag(parts: readonly StoredPart[]): string {
  const hash = createHash('md5');
  for (const { etag } of parts) hash.update(Buffer.from(etag, 'hex'));
  return `${hash.digest('hex')}-${parts.length}`;
}
