import type { StoreHeaders } from '../s3/object-store.ts';
import type { ObjectMetadata } from './object.ts';

/** Custom metadata that cannot stand in headers as it is: JSON in base64url. */
const ENCODED = 'telestack-custom';
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

/** The metadata of an object that somebody has written to the store directly. */
export function metadataOfStored(headers: StoreHeaders): ObjectMetadata {
  const custom: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!STANDARD.has(name) && name !== ENCODED && typeof value === 'string') custom[name] = value;
  }
  return {
    contentType: headers['content-type'] || 'application/octet-stream',
    contentEncoding: headers['content-encoding'],
    contentDisposition: headers['content-disposition'],
    contentLanguage: headers['content-language'],
    cacheControl: headers['cache-control'],
    custom: decode(headers[ENCODED]) ?? custom,
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

const encode = (custom: object): string => Buffer.from(JSON.stringify(custom)).toString('base64url');

function decode(text: string | undefined): Record<string, string> | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    const isStrings =
      typeof value === 'object' && value !== null && Object.values(value).every((v) => typeof v === 'string');
    return isStrings ? (value as Record<string, string>) : undefined;
  } catch {
    return undefined;
  }
}
