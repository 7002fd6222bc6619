import { invalidArgument, notFound, permissionDenied } from '@telestack/errors';
import type { Database, Queryable } from '@telestack/pg';
import { type CallContext, isOfProject } from '@telestack/rpc';
import type { ProposedObject, StorageAccess, StorageMethod } from '../access.ts';
import { type ObjectEventType, objectEvent } from '../events/object-event.ts';
import type { Outbox } from '../events/outbox.ts';
import type { ObjectStore } from '../s3/object-store.ts';
import type { Bucket, Buckets } from './buckets.ts';
import { type ListPage, type ListRequest, listObjects } from './list.ts';
import type { ContentFacts, ObjectMetadata, StorageObject } from './object.ts';
import { checkPreconditions, type Preconditions } from './preconditions.ts';
import { findObject, lockObject, putMetadata, putObject, removeObjectRow } from './rows.ts';
import { storeHeaders } from './store-headers.ts';

export interface ObjectsOptions {
  readonly db: Database;
  readonly store: ObjectStore;
  readonly buckets: Buckets;
  readonly access: StorageAccess;
  readonly outbox: Outbox;
}

/** New bytes that wait to become visible. */
export interface Publication {
  readonly bucket: Bucket;
  readonly path: string;
  readonly metadata: ObjectMetadata;
  readonly facts: ContentFacts;
  readonly downloadTokens: readonly string[];
  readonly preconditions: Preconditions;
  /** Makes the bytes visible in the object store; resolves to its tag of them. */
  finish(): Promise<string>;
  /** More to do in the same transaction. */
  record?(tx: Queryable, object: StorageObject): Promise<void>;
}

const NO_OBJECT = 'Not Found';

/** What can be done with objects. Who may is decided here; how it is asked for and answered is the APIs' business. */
export class Objects {
  readonly #options: ObjectsOptions;

  constructor(options: ObjectsOptions) {
    this.#options = options;
  }

  /**
   * The object, for one who may read it or knows a token.
   * @throws StatusError NOT_FOUND, PERMISSION_DENIED
   */
  async get(context: CallContext, bucketName: string, path: string, token?: string): Promise<StorageObject> {
    const bucket = await this.#options.buckets.assume(bucketName);
    const resource = await findObject(this.#options.db, bucket.name, path);
    const hasToken = token !== undefined && token !== '' && resource?.downloadTokens.includes(token);
    if (!hasToken) await this.authorize(context, 'get', bucket, path, resource);
    if (!resource) throw notFound(NO_OBJECT);
    return resource;
  }

  async list(context: CallContext, request: ListRequest): Promise<ListPage> {
    const bucket = await this.#options.buckets.assume(request.bucket);
    await this.authorize(context, 'list', bucket, request.prefix.replace(/\/+$/, ''));
    return listObjects(this.#options.db, { ...request, bucket: bucket.name });
  }

  /** Refuses an upload before its bytes are read, with what is known of it by then. */
  async authorizeUpload(context: CallContext, bucketName: string, proposed: ProposedObject): Promise<Bucket> {
    const { buckets, db } = this.#options;
    const planned = await buckets.assume(bucketName);
    const resource = await findObject(db, planned.name, proposed.path);
    await this.authorize(context, 'create', planned, proposed.path, resource, proposed);
    return buckets.forWriting(bucketName);
  }

  /** Makes an upload visible: bytes and row together, in order with others of the same object. */
  async publish(context: CallContext, publication: Publication): Promise<StorageObject> {
    const { db } = this.#options;
    const { bucket, path, metadata, facts, downloadTokens } = publication;
    const before = await findObject(db, bucket.name, path);
    const proposed = { ...facts, ...metadata, bucket: bucket.name, path };
    await this.authorize(context, 'create', bucket, path, before, proposed);
    return this.#change(context, bucket.name, path, async (tx, current, tell) => {
      checkPreconditions(publication.preconditions, current);
      const storeEtag = await publication.finish();
      const object = await putObject(tx, { ...proposed, downloadTokens, storeEtag });
      if (current) await tell('deleted', current);
      await tell('finalized', object);
      await publication.record?.(tx, object);
      return object;
    });
  }

  /** Changes metadata; `change` computes it from the present one. */
  async update(
    context: CallContext,
    bucketName: string,
    path: string,
    change: (object: StorageObject) => { metadata: ObjectMetadata; downloadTokens: readonly string[] },
    preconditions: Preconditions = {},
    isAuthorized = false,
  ): Promise<StorageObject> {
    const { buckets, db } = this.#options;
    const bucket = await buckets.assume(bucketName);
    if (!isAuthorized) {
      const resource = await findObject(db, bucket.name, path);
      const proposed = resource && { ...resource, ...change(resource).metadata };
      await this.authorize(context, 'update', bucket, path, resource, proposed);
    }
    return this.#change(context, bucket.name, path, async (tx, current, tell) => {
      if (!current) throw notFound(NO_OBJECT);
      checkPreconditions(preconditions, current);
      const { metadata, downloadTokens } = change(current);
      const object = await putMetadata(tx, current, metadata, downloadTokens);
      await tell('metadataUpdated', object);
      return object;
    });
  }

  async delete(
    context: CallContext,
    bucketName: string,
    path: string,
    preconditions: Preconditions = {},
  ): Promise<void> {
    const { buckets, db, store } = this.#options;
    const bucket = await buckets.assume(bucketName);
    const resource = await findObject(db, bucket.name, path);
    await this.authorize(context, 'delete', bucket, path, resource);
    if (!resource) throw notFound(NO_OBJECT);
    await this.#change(context, bucket.name, path, async (tx, current, tell) => {
      if (!current) throw notFound(NO_OBJECT);
      checkPreconditions(preconditions, current);
      await removeObjectRow(tx, current);
      await tell('deleted', current);
      // Last, but before the commit: a crash in between leaves a row without bytes, which reconciliation removes.
      await store.remove({ bucket: bucket.storeName, key: path });
    });
  }

  /** Copies within the object store. Without `change` the source's metadata is kept. */
  async copy(
    context: CallContext,
    source: { bucket: string; path: string },
    target: { bucket: string; path: string },
    change: ((source: ObjectMetadata) => ObjectMetadata) | undefined,
    preconditions: Preconditions,
  ): Promise<StorageObject> {
    const { buckets, store } = this.#options;
    const from = await this.get(context, source.bucket, source.path);
    const fromBucket = await buckets.get(from.bucket);
    const metadata: ObjectMetadata = change?.(from) ?? from;
    const bucket = await this.authorizeUpload(context, target.bucket, { ...from, ...metadata, ...target });
    const to = { bucket: bucket.storeName, key: target.path };
    if (from.bucket === bucket.name && from.path === target.path) {
      throw invalidArgument('The source and the destination are the same object.');
    }
    return this.publish(context, {
      bucket,
      path: target.path,
      metadata,
      facts: { size: from.size, md5: from.md5, crc32c: from.crc32c },
      // A copy is an object of its own, with URLs of its own.
      downloadTokens: [],
      preconditions,
      finish: () =>
        store.copy({ bucket: fromBucket.storeName, key: from.path }, to, from.size, storeHeaders(metadata)),
    });
  }

  /** @throws StatusError PERMISSION_DENIED */
  async authorize(
    context: CallContext,
    method: StorageMethod,
    bucket: Bucket,
    path: string,
    resource?: StorageObject,
    requestResource?: ProposedObject,
  ): Promise<void> {
    const { principal, signal, traceparent } = context;
    // A credential of one project, an administrator's too, is worth nothing in another.
    const isAllowed =
      isOfProject(principal, bucket.project) &&
      (await this.#options.access.allow({
        method,
        principal,
        project: bucket.project,
        bucket: bucket.name,
        path,
        resource,
        requestResource,
        signal,
        traceparent,
      }));
    if (!isAllowed) throw permissionDenied(`Permission denied. No ${PERMISSIONS[method]} permission.`);
  }

  async #change<T>(
    context: CallContext,
    bucket: string,
    path: string,
    change: (
      tx: Queryable,
      current: StorageObject | undefined,
      tell: (type: ObjectEventType, object: StorageObject) => Promise<void>,
    ) => Promise<T>,
  ): Promise<T> {
    const { db, outbox } = this.#options;
    const result = await db.transaction(async (tx) => {
      await lockObject(tx, bucket, path);
      const current = await findObject(tx, bucket, path);
      return change(tx, current, (type, object) =>
        outbox.add(tx, objectEvent(type, object), context.traceparent),
      );
    });
    outbox.kick();
    return result;
  }
}

/** As Firebase says it. */
const PERMISSIONS: Record<StorageMethod, string> = {
  get: 'READ',
  list: 'LIST',
  create: 'WRITE',
  update: 'WRITE',
  delete: 'WRITE',
};
