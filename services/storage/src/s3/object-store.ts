import type { Agent } from 'node:http';
import type { Readable } from 'node:stream';
import { unavailable } from '@telestack/errors';
import { Client, CopyDestinationOptions, CopySourceOptions, NotificationConfig, QueueConfig } from 'minio';
import { storeAgent } from './agent.ts';
import { storeErrorCode, toStorageError } from './errors.ts';
import type { S3Settings } from './settings.ts';
import { getStream, putStream } from './transfer.ts';

/** Where an object is: the store's own bucket name, and the key, which is the object's path. */
export interface StoreLocation {
  readonly bucket: string;
  readonly key: string;
}

export interface StoredPart {
  readonly part: number;
  readonly etag: string;
}

export interface StoredObject {
  readonly key: string;
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  readonly lastModified: Date;
  /** Names in lower case, those of user metadata without their "x-amz-meta-"; empty in listings. */
  readonly headers: Readonly<Record<string, string>>;
}

export type StoreHeaders = Readonly<Record<string, string>>;

/** For one request that carries no large body. */
const REQUEST_TIMEOUT_MS = 30_000;
/** S3 may take its time to put parts together. */
const COMPLETE_TIMEOUT_MS = 120_000;
const URL_SECONDS = 3_600;
/** A copy in one request; larger ones are put together from parts. */
const MAX_COPY_BYTES = 5 * 1024 ** 3;
const LIST_PAGE = 1_000;
/** What stores say that do not know the target, or have no notifications at all. */
const NO_NOTIFICATIONS = new Set(['InvalidArgument', 'NotImplemented', 'MethodNotAllowed', 'AccessDenied']);

/** An S3 service. Errors are StatusErrors (see toStorageError). */
export class ObjectStore {
  readonly #client: Client;
  readonly #agent: Agent;
  readonly #settings: S3Settings;
  readonly #log: (message: string, error?: unknown) => void;
  /** Buckets whose notifications were refused. */
  readonly #silent = new Set<string>();

  constructor(settings: S3Settings, log: (message: string, error?: unknown) => void) {
    this.#settings = settings;
    this.#log = log;
    this.#agent = storeAgent(settings.endpoint.startsWith('https:'));
    this.#client = s3Client(settings, settings.endpoint, this.#agent);
  }

  /** Makes the bucket unless it is there, and asks for its notifications where they are wanted. */
  async ensureBucket(bucket: string, isWatched = true): Promise<void> {
    await this.#call(async (client) => {
      if (!(await client.bucketExists(bucket))) {
        await client.makeBucket(bucket, this.#settings.region).catch((error: unknown) => {
          if (!/^BucketAlready/.test(storeErrorCode(error))) throw error;
        });
      }
      if (isWatched) await this.#requestNotifications(client, bucket);
    });
  }

  /** Asks for the notifications of a bucket that is there, where they are wanted. */
  requestNotifications(bucket: string): Promise<void> {
    return this.#call((client) => this.#requestNotifications(client, bucket));
  }

  removeBucket(bucket: string): Promise<void> {
    return this.#call((client) => client.removeBucket(bucket));
  }

  async putBytes(to: StoreLocation, bytes: Buffer, headers: StoreHeaders): Promise<string> {
    const { etag } = await this.#call((client) =>
      client.putObject(to.bucket, to.key, bytes, bytes.length, { ...headers }),
    );
    return etag;
  }

  startMultipart(to: StoreLocation, headers: StoreHeaders): Promise<string> {
    return this.#call((client) => client.initiateNewMultipartUpload(to.bucket, to.key, metaHeaders(headers)));
  }

  /** One part of exactly `size` bytes, streamed. */
  async putPart(
    to: StoreLocation,
    uploadId: string,
    part: number,
    size: number,
    chunks: AsyncIterable<Uint8Array>,
  ): Promise<string> {
    try {
      const query = { uploadId, partNumber: String(part) };
      const url = await this.#client.presignedUrl('PUT', to.bucket, to.key, URL_SECONDS, query);
      return await putStream({ url, agent: this.#agent }, size, chunks);
    } catch (error) {
      throw toStorageError(error);
    }
  }

  async completeMultipart(
    to: StoreLocation,
    uploadId: string,
    parts: readonly StoredPart[],
  ): Promise<string> {
    const { etag } = await this.#call(
      (client) => client.completeMultipartUpload(to.bucket, to.key, uploadId, [...parts]),
      COMPLETE_TIMEOUT_MS,
    );
    return etag.replaceAll('"', '');
  }

  abortMultipart(to: StoreLocation, uploadId: string): Promise<void> {
    return this.#call((client) => client.abortMultipartUpload(to.bucket, to.key, uploadId));
  }

  /**
   * Opens an object, or its bytes from `start` to `end` (inclusive). With `etag`, ABORTED when it holds other bytes by now. The
   * stream is the caller's to read or destroy.
   */
  async open(
    from: StoreLocation,
    options: { start?: number; end?: number; etag?: string; signal?: AbortSignal } = {},
  ): Promise<Readable> {
    const headers: Record<string, string> = {};
    if (options.start !== undefined) headers.range = `bytes=${options.start}-${options.end ?? ''}`;
    if (options.etag !== undefined) headers['if-match'] = `"${options.etag}"`;
    try {
      const url = await this.#client.presignedUrl('GET', from.bucket, from.key, URL_SECONDS);
      return await getStream({ url, agent: this.#agent, headers, signal: options.signal });
    } catch (error) {
      throw toStorageError(error);
    }
  }

  /** Undefined when there is none. */
  async stat({ bucket, key }: StoreLocation): Promise<StoredObject | undefined> {
    try {
      const found = await this.#call((client) => client.statObject(bucket, key));
      const headers = found.metaData as Record<string, string>;
      return { key, size: found.size, etag: found.etag, lastModified: found.lastModified, headers };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** Copies within the store; `headers` replace the source's. */
  async copy(from: StoreLocation, to: StoreLocation, size: number, headers: StoreHeaders): Promise<string> {
    const source = new CopySourceOptions({ Bucket: from.bucket, Object: from.key });
    const destination = new CopyDestinationOptions({
      Bucket: to.bucket,
      Object: to.key,
      UserMetadata: { ...headers },
      MetadataDirective: 'REPLACE',
    });
    const copied = await this.#call(async (client) => {
      if (size <= MAX_COPY_BYTES) return client.copyObject(source, destination);
      return client.composeObject(destination, [source]);
    }, COMPLETE_TIMEOUT_MS);
    const { etag } = copied as { etag?: string };
    return (etag ?? (await this.stat(to))?.etag ?? '').replaceAll('"', '');
  }

  /** Removing what is not there is no error. */
  remove({ bucket, key }: StoreLocation): Promise<void> {
    return this.#call((client) => client.removeObject(bucket, key));
  }

  /** One page of keys after `after`, in byte order. */
  async list(bucket: string, after: string): Promise<StoredObject[]> {
    const { objects } = await this.#call((client) =>
      client.listObjectsV2Query(bucket, '', '', '', LIST_PAGE, after),
    );
    return objects.flatMap((object) => {
      if (!('name' in object) || object.name === undefined) return [];
      const { name, size, etag, lastModified } = object;
      return [{ key: name, size: size ?? 0, etag: etag.replaceAll('"', ''), lastModified, headers: {} }];
    });
  }

  /** Multipart uploads that were begun before `before` and not ended. */
  async unfinishedUploads(bucket: string, before: Date): Promise<{ key: string; uploadId: string }[]> {
    const { uploads } = await this.#call((client) =>
      client.listIncompleteUploadsQuery(bucket, '', '', '', ''),
    );
    return uploads
      .filter(({ initiated }) => new Date(initiated) < before)
      .map(({ key, uploadId }) => ({ key, uploadId }));
  }

  close(): void {
    this.#agent.destroy();
  }

  async #requestNotifications(client: Client, bucket: string): Promise<void> {
    const { notificationArn } = this.#settings;
    if (notificationArn === '') return;
    const target = new QueueConfig(notificationArn);
    target.addEvent('s3:ObjectCreated:*');
    target.addEvent('s3:ObjectRemoved:*');
    const config = new NotificationConfig();
    config.add(target);
    try {
      await client.setBucketNotification(bucket, config);
      this.#silent.delete(bucket);
    } catch (error) {
      if (!NO_NOTIFICATIONS.has(storeErrorCode(error))) throw error;
      if (this.#silent.has(bucket)) return;
      this.#silent.add(bucket);
      // Reconciliation finds what it does not tell of, and asks again.
      this.#log(`The object store sends no notifications of the bucket ${bucket}.`, error);
    }
  }

  async #call<T>(request: (client: Client) => Promise<T>, timeoutMs = REQUEST_TIMEOUT_MS): Promise<T> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(unavailable('The object store is silent.')), timeoutMs);
    try {
      return await Promise.race([request(this.#client), late.promise]);
    } catch (error) {
      throw toStorageError(error);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** A client of the `minio` package for the endpoint. */
export function s3Client(settings: S3Settings, endpoint: string, agent?: Agent): Client {
  const { protocol, hostname, port } = new URL(endpoint);
  return new Client({
    endPoint: hostname,
    port: port === '' ? undefined : Number(port),
    useSSL: protocol === 'https:',
    region: settings.region,
    accessKey: settings.accessKey,
    secretKey: settings.secretKey,
    pathStyle: settings.pathStyle,
    transportAgent: agent,
    // A retry hides what went wrong; callers and reconciliation know what to do about failures.
    retryOptions: { disableRetry: true },
  });
}

const PLAIN_HEADERS = /^(content-(type|encoding|disposition|language)|cache-control)$/;

/** Names other than the well-known ones become user metadata. */
function metaHeaders(headers: StoreHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) =>
      PLAIN_HEADERS.test(name) ? [name, value] : [`x-amz-meta-${name}`, value],
    ),
  );
}

function isMissing(error: unknown): boolean {
  return /^(NoSuchKey|NotFound|NoSuchBucket)$/.test(storeErrorCode(error));
}
