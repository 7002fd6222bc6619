import { invalidArgument } from '@telestack/errors';
import { type HttpCall, type Reply, type Route, readJson } from '@telestack/http';
import { firebaseObject } from '../firebase/resource.ts';
import { DEFAULT_TYPE, newMetadata, parsePatch } from '../http/metadata.ts';
import type { Buckets } from '../objects/buckets.ts';
import { bucketName, objectPath } from '../objects/names.ts';
import type { ObjectMetadata, StorageObject } from '../objects/object.ts';
import type { Objects } from '../objects/objects.ts';
import { sealedHeaders } from '../objects/store-headers.ts';
import type { Signer } from './signer.ts';

export interface PresignOptions {
  readonly objects: Objects;
  readonly buckets: Buckets;
  readonly signer: Signer;
  readonly maxObjectBytes: number;
  /** Makes the row of what was uploaded. */
  readonly adopt: (call: HttpCall, bucket: string, path: string) => Promise<StorageObject | undefined>;
}

const DEFAULT_SECONDS = 900;
/** Signature Version 4's limit. */
const MAX_SECONDS = 7 * 24 * 3_600;
/** S3's limit for one request; larger objects go through the service, in parts. */
const MAX_PUT_BYTES = 5 * 1024 ** 3;

/** Transfers between clients and the object store without the service in between. */
export function presignRoutes(options: PresignOptions): Route[] {
  const access = 'caller';
  const path = '/v1/storage/{bucket}';
  return [
    { method: 'POST', path: `${path}/sign-upload`, access, handle: (call) => signUpload(options, call) },
    { method: 'POST', path: `${path}/sign-download`, access, handle: (call) => signDownload(options, call) },
    {
      method: 'POST',
      path: `${path}/confirm-upload`,
      access,
      handle: (call) => confirmUpload(options, call),
    },
  ];
}

/**
 * `{path, size, contentType?, metadata?, expiresIn?}` gives a PUT of exactly that size, type and metadata; with `{maxSize, minSize?}`
 * instead of `size`, a POST of a form whose file is between the two.
 */
async function signUpload(options: PresignOptions, call: HttpCall): Promise<Reply> {
  const { objects, signer, maxObjectBytes } = options;
  const given = await readObject(call);
  const path = objectPath(text(given, 'path'));
  const seconds = secondsOf(given);
  const size = integer(given, 'size', 0, Math.min(maxObjectBytes, MAX_PUT_BYTES));
  const maxSize = integer(given, 'maxSize', 0, Math.min(maxObjectBytes, MAX_PUT_BYTES));
  const minSize = integer(given, 'minSize', 0, maxSize ?? 0) ?? 0;
  if ((size === undefined) === (maxSize === undefined))
    throw invalidArgument('Either size or maxSize must be given.');
  const metadata = newMetadata(parsePatch({ ...given, name: undefined }), DEFAULT_TYPE);
  const name = bucketName(call.params.bucket!);
  const authorize = (bytes: number) =>
    objects.authorizeUpload(call.context, name, { bucket: name, path, ...metadata, size: bytes }, false);
  // Nobody is asked again: all sizes that the signature allows must be allowed, and rules bound sizes from either side.
  const bucket = await authorize(size ?? maxSize!);
  if (size === undefined) await authorize(minSize);
  const to = { bucket: bucket.storeName, key: path };
  const headers = signedHeaders(metadata);
  const signed =
    size === undefined
      ? await signer.post(to, headers, { min: minSize, max: maxSize! }, seconds)
      : signer.put(to, { ...headers, 'content-length': String(size) }, seconds);
  return { body: { ...signed, expiresAt: expiry(seconds) } };
}

/** `{path, expiresIn?, contentDisposition?}` gives a GET. */
async function signDownload({ objects, buckets, signer }: PresignOptions, call: HttpCall): Promise<Reply> {
  const given = await readObject(call);
  const seconds = secondsOf(given);
  const object = await objects.get(call.context, call.params.bucket!, objectPath(text(given, 'path')));
  const bucket = await buckets.get(object.bucket);
  const { contentDisposition } = parsePatch({ contentDisposition: given.contentDisposition }).fields;
  const response = {
    'response-content-type': object.contentType,
    ...(contentDisposition ? { 'response-content-disposition': contentDisposition } : {}),
    ...(object.cacheControl ? { 'response-cache-control': object.cacheControl } : {}),
  };
  const signed = await signer.get({ bucket: bucket.storeName, key: object.path }, response, seconds);
  return { body: { ...signed, expiresAt: expiry(seconds) } };
}

/**
 * `{path}`: a client that has uploaded says so, and sees the object at once. Without this it appears with the store's notification, or
 * with the next reconciliation where the store sends none.
 */
async function confirmUpload(options: PresignOptions, call: HttpCall): Promise<Reply> {
  const path = objectPath(text(await readObject(call), 'path'));
  const name = bucketName(call.params.bucket!);
  const bucket = await options.buckets.get(name);
  const object = await options.adopt(call, name, path);
  await options.objects.authorizeConfirmation(call.context, bucket, path, object);
  if (!object) throw invalidArgument('Nothing has been uploaded under this path.');
  return { body: firebaseObject(object) };
}

async function readObject({ request }: HttpCall): Promise<Record<string, unknown>> {
  const body = await readJson(request);
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw invalidArgument('The body is not a JSON object.');
  }
  return body as Record<string, unknown>;
}

function text(given: Record<string, unknown>, name: string): string {
  const value = given[name];
  if (typeof value !== 'string') throw invalidArgument(`${name} must be a string.`);
  return value;
}

function integer(given: Record<string, unknown>, name: string, min: number, max: number): number | undefined {
  const value = given[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max) {
    throw invalidArgument(`${name} must be a whole number from ${min} to ${max}.`);
  }
  return value;
}

const secondsOf = (given: Record<string, unknown>): number =>
  integer(given, 'expiresIn', 1, MAX_SECONDS) ?? DEFAULT_SECONDS;

const expiry = (seconds: number): string => new Date(Date.now() + seconds * 1_000).toISOString();

const STANDARD = /^(content-(type|encoding|disposition|language)|cache-control)$/;

/** Metadata as the headers of a direct upload. @throws StatusError INVALID_ARGUMENT where it is more than S3 takes */
function signedHeaders(metadata: ObjectMetadata): Record<string, string> {
  const headers = Object.entries(sealedHeaders(metadata));
  return Object.fromEntries(
    headers.map(([name, value]) => [STANDARD.test(name) ? name : `x-amz-meta-${name}`, value]),
  );
}
