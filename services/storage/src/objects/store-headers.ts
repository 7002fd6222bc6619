import { invalidArgument } from '@telestack/errors';
import type { StoreHeaders } from '../s3/object-store.ts';
import type { ObjectMetadata } from './object.ts';

/** Custom metadata that cannot stand in headers as it is: JSON in base64url. */
const ENCODED = 'telestack-custom';
/** All metadata of a direct upload, in the same form. */
const SEALED = 'telestack-metadata';
/** S3 takes 2 KB of user metadata. */
const MAX_CUSTOM_BYTES = 1_800;
const PRINTABLE = /^[\u0020-\u007e]*$/;
const HEADER_NAME = /^[a-z0-9][a-z0-9_-]*$/;

/**
 * Metadata as headers of the stored object, for those who read it from the object store, and for reconciliation. The row is the truth:
 * what does not fit is left out, and later changes of metadata do not reach the store.
 */
export function storeHeaders(metadata: ObjectMetadata): StoreHeaders {
  const headers: Record<string, string> = {};
  const put = (name: string, value: string | undefined) => {
    if (value !== undefined && value !== '' && PRINTABLE.test(value)) headers[name] = value;
  };
  put('content-type', metadata.contentType);
  put('content-encoding', metadata.contentEncoding);
  put('content-disposition', metadata.contentDisposition);
  put('content-language', metadata.contentLanguage);
  put('cache-control', metadata.cacheControl);
  const custom = Object.entries(metadata.custom);
  const isPlain = custom.every(
    ([name, value]) =>
      HEADER_NAME.test(name) && PRINTABLE.test(value) && value.trim() === value && value !== '',
  );
  const entries = isPlain ? custom : [[ENCODED, encode(metadata.custom)] as const];
  const size = entries.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (size <= MAX_CUSTOM_BYTES) for (const [name, value] of entries) headers[name] = value;
  return headers;
}

/**
 * Headers for a signature. MinIO takes headers that were not signed beside those that were: what the signer has said of the object
 * stands in one of its own, which therefore decides.
 * @throws StatusError INVALID_ARGUMENT where it is more than S3 takes
 */
export function sealedHeaders(metadata: ObjectMetadata): StoreHeaders {
  const { contentType, contentEncoding, contentDisposition, contentLanguage, cacheControl, custom } =
    metadata;
  const all = { contentType, contentEncoding, contentDisposition, contentLanguage, cacheControl, custom };
  const sealed = encode(all);
  const { [ENCODED]: _encoded, ...plain } = storeHeaders(metadata);
  const standard = Object.fromEntries(Object.entries(plain).filter(([name]) => STANDARD.has(name)));
  // Once more for those who read the object store, where there is room.
  for (const headers of [plain, standard]) {
    const size = Object.entries(headers).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
    if (size + SEALED.length + sealed.length <= MAX_CUSTOM_BYTES) return { ...headers, [SEALED]: sealed };
  }
  throw invalidArgument('The metadata is too large for a direct upload.');
}

/** The metadata of an object that somebody has written to the store directly. */
export function metadataOfStored(headers: StoreHeaders): ObjectMetadata {
  const sealed = unseal(headers[SEALED]);
  if (sealed) return sealed;
  const custom: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!STANDARD.has(name) && name !== ENCODED && name !== SEALED && typeof value === 'string')
      custom[name] = value;
  }
  return {
    contentType: headers['content-type'] || 'application/octet-stream',
    contentEncoding: headers['content-encoding'],
    contentDisposition: headers['content-disposition'],
    contentLanguage: headers['content-language'],
    cacheControl: headers['cache-control'],
    custom: customOf(headers[ENCODED]) ?? custom,
  };
}

const STANDARD = new Set([
  'content-type',
  'content-encoding',
  'content-disposition',
  'content-language',
  'cache-control',
  'expires',
]);

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function decode(text: string | undefined): object | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text ?? '', 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function unseal(text: string | undefined): ObjectMetadata | undefined {
  const { custom, contentType, ...others } = (decode(text) ?? {}) as Partial<ObjectMetadata>;
  const isStrings = (values: object) => Object.values(values).every((value) => typeof value === 'string');
  const isWhole =
    typeof contentType === 'string' && isStrings(others) && typeof custom === 'object' && custom !== null;
  return isWhole && isStrings(custom) ? { ...others, contentType, custom } : undefined;
}

function customOf(text: string | undefined): Record<string, string> | undefined {
  const value = decode(text);
  const isStrings = value !== undefined && Object.values(value).every((v) => typeof v === 'string');
  return isStrings ? (value as Record<string, string>) : undefined;
}
