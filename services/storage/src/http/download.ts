import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import { Code, StatusError, unavailable } from '@telestack/errors';
import { type HttpCall, passOn, type Reply } from '@telestack/http';
import type { Buckets } from '../objects/buckets.ts';
import { etagOf, type StorageObject } from '../objects/object.ts';
import type { ObjectStore } from '../s3/object-store.ts';
import { header } from './exchange.ts';
import { type ByteRange, parseRange } from './range.ts';

export interface Downloads {
  readonly store: ObjectStore;
  readonly buckets: Buckets;
}

/** What Firebase says of objects without a setting of their own: shared caches must ask. */
const DEFAULT_CACHE_CONTROL = 'private, max-age=0';
const ATTEMPTS = 5;
const RETRY_MS = 100;

/**
 * Sends an object's bytes as they come from the store: conditional, in part, or whole. `reload` reads the row again where the bytes turn
 * out to be newer than it.
 */
export async function sendObject(
  { store, buckets }: Downloads,
  { request, response, context }: HttpCall,
  found: StorageObject,
  reload: () => Promise<StorageObject>,
): Promise<Reply | undefined> {
  const { headers, method } = request;
  let object = found;
  if (isNotModified(headers['if-none-match'], headers['if-modified-since'], object)) {
    const { 'content-type': _type, 'content-length': _length, ...cacheHeaders } = headersOf(object);
    response.writeHead(304, cacheHeaders).end();
    return undefined;
  }
  const bucket = await buckets.get(object.bucket);
  for (let attempt = 1; ; attempt++) {
    const isGunzipped =
      object.contentEncoding === 'gzip' && !/\bgzip\b/.test(header(headers, 'accept-encoding') ?? '');
    const range = isGunzipped ? undefined : rangeOf(headers.range, header(headers, 'if-range'), object);
    if (range === 'unsatisfiable') return unsatisfiable(object);
    if (method === 'HEAD') {
      response.writeHead(200, headersOf(object)).end();
      return undefined;
    }
    try {
      const from = { bucket: bucket.storeName, key: object.path };
      const bytes = await store.open(from, { ...range, etag: object.storeEtag, signal: context.signal });
      await send(response, bytes, object, range, isGunzipped);
      return undefined;
    } catch (error) {
      if (!(error instanceof StatusError) || error.code !== Code.ABORTED) throw error;
      if (attempt === ATTEMPTS) throw unavailable('The object is being replaced.', { cause: error });
    }
    // A replacement is visible in the store a moment before its row is.
    await delay(RETRY_MS);
    object = await reload();
  }
}

async function send(
  response: HttpCall['response'],
  bytes: Readable,
  object: StorageObject,
  range: ByteRange | undefined,
  isGunzipped: boolean,
): Promise<void> {
  const headers = headersOf(object);
  if (range) {
    headers['content-range'] = `bytes ${range.start}-${range.end}/${object.size}`;
    headers['content-length'] = range.end - range.start + 1;
  }
  if (isGunzipped) {
    delete headers['content-length'];
    delete headers['content-encoding'];
  }
  response.writeHead(range ? 206 : 200, headers);
  const sent = isGunzipped ? pipeline(bytes, createGunzip(), response) : passOn(bytes, response);
  // A client that goes away is its own business; a store that breaks off shows as a broken connection.
  await sent.catch(() => {
    bytes.destroy();
    response.destroy();
  });
}

function headersOf(object: StorageObject): Record<string, string | number> {
  const hashes = [
    object.crc32c === undefined ? '' : `crc32c=${object.crc32c}`,
    object.md5 === undefined ? '' : `md5=${object.md5}`,
  ].filter((hash) => hash !== '');
  const isGzip = object.contentEncoding === 'gzip';
  return {
    'content-type': latin1(object.contentType),
    'content-length': object.size,
    ...(object.contentEncoding === undefined ? {} : { 'content-encoding': latin1(object.contentEncoding) }),
    ...(object.contentLanguage === undefined ? {} : { 'content-language': latin1(object.contentLanguage) }),
    ...(isGzip ? { vary: 'Origin, Accept-Encoding' } : {}),
    'content-disposition': disposition(object),
    'cache-control': latin1(object.cacheControl ?? DEFAULT_CACHE_CONTROL),
    etag: quotedEtag(object),
    'last-modified': object.updated.toUTCString(),
    'accept-ranges': 'bytes',
    // What is stored is not ours to vouch for.
    'x-content-type-options': 'nosniff',
    'x-goog-generation': String(object.generation),
    'x-goog-metageneration': String(object.metageneration),
    'x-goog-storage-class': 'STANDARD',
    'x-goog-stored-content-length': String(object.size),
    // Clients compare checksums where they know how the bytes are stored.
    ...(object.crc32c === undefined
      ? {}
      : { 'x-goog-stored-content-encoding': object.contentEncoding ?? 'identity' }),
    ...(hashes.length > 0 ? { 'x-goog-hash': hashes.join(',') } : {}),
  };
}

function disposition({ contentDisposition, path }: StorageObject): string {
  const given = contentDisposition ?? 'inline';
  if (/filename/i.test(given)) return latin1(given);
  const name = path.split('/').findLast((segment) => segment !== '') ?? '';
  const encoded = encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${latin1(given)}; filename*=utf-8''${encoded}`;
}

const quotedEtag = (object: StorageObject): string => `"${etagOf(object)}"`;

/** Header values are bytes; Node wants one character for each. */
const latin1 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

function isNotModified(
  noneMatch: string | undefined,
  modifiedSince: string | undefined,
  object: StorageObject,
): boolean {
  if (noneMatch !== undefined) {
    const tags = noneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
    return tags.includes('*') || tags.includes(quotedEtag(object));
  }
  if (modifiedSince === undefined) return false;
  const since = Date.parse(modifiedSince);
  return Number.isFinite(since) && Math.floor(object.updated.getTime() / 1000) * 1000 <= since;
}

function rangeOf(range: string | undefined, ifRange: string | undefined, object: StorageObject) {
  if (ifRange !== undefined && ifRange !== quotedEtag(object)) return undefined;
  return parseRange(range, object.size);
}

function unsatisfiable(object: StorageObject): Reply {
  return {
    status: 416,
    headers: { 'content-range': `bytes */${object.size}` },
    body: { error: { code: 416, message: 'The requested range cannot be satisfied.' } },
  };
}
