import { invalidArgument } from '@telestack/errors';
import { TOKENS_KEY } from '../cloud/resource.ts';
import type { ObjectMetadata } from '../objects/object.ts';

const FIELDS = [
  'contentType',
  'contentEncoding',
  'contentDisposition',
  'contentLanguage',
  'cacheControl',
] as const;
const MAX_FIELD_BYTES = 1_024;
/** Cloud Storage's limit. */
const MAX_CUSTOM_BYTES = 8 * 1024;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
const CONTROL = /[\u0000-\u001f\u007f]/;

export const DEFAULT_TYPE = 'application/octet-stream';

/** A change of metadata as both APIs have it: a missing member stays, null removes. */
export interface MetadataPatch {
  readonly fields: Partial<Record<(typeof FIELDS)[number], string | null>>;
  readonly custom: Readonly<Record<string, string | null>> | null | undefined;
  /** Where the change names them. */
  readonly downloadTokens: readonly string[] | undefined;
  /** Of the bytes that come with it. */
  readonly md5: string | undefined;
  readonly crc32c: string | undefined;
  readonly name: string | undefined;
}

/** Reads a resource that a client has sent. @throws StatusError INVALID_ARGUMENT */
export function parsePatch(resource: unknown): MetadataPatch {
  if (typeof resource !== 'object' || resource === null || Array.isArray(resource)) {
    throw invalidArgument('The metadata is not a JSON object.');
  }
  const given = resource as Record<string, unknown>;
  const fields: Record<string, string | null> = {};
  for (const name of FIELDS) {
    const value = given[name];
    if (value === null || value === '') fields[name] = null;
    else if (value !== undefined) fields[name] = text(name, value, MAX_FIELD_BYTES);
  }
  const { custom, downloadTokens } = parseCustom(given.metadata);
  return {
    fields,
    custom,
    downloadTokens,
    md5: optional('md5Hash', given.md5Hash),
    crc32c: optional('crc32c', given.crc32c),
    name: optional('name', given.name),
  };
}

/** Metadata with the change made. */
export function applyPatch(before: ObjectMetadata, { fields, custom }: MetadataPatch): ObjectMetadata {
  const after: Record<string, unknown> = { ...pick(before) };
  for (const [name, value] of Object.entries(fields)) after[name] = value ?? undefined;
  const entries = custom === null ? {} : { ...before.custom, ...custom };
  const kept = Object.entries(entries).filter((entry): entry is [string, string] => entry[1] !== null);
  return {
    ...(after as Partial<ObjectMetadata>),
    contentType: (after.contentType as string | undefined) ?? DEFAULT_TYPE,
    custom: Object.fromEntries(kept),
  };
}

/** The metadata of an object that is new. */
export function newMetadata(patch: MetadataPatch, contentType: string | undefined): ObjectMetadata {
  const before = {
    contentType: contentType ? text('contentType', contentType, MAX_FIELD_BYTES) : DEFAULT_TYPE,
    custom: {},
  };
  const { contentType: given, ...others } = patch.fields;
  return applyPatch(before, { ...patch, fields: given == null ? others : patch.fields });
}

function pick(metadata: ObjectMetadata): Partial<ObjectMetadata> {
  return Object.fromEntries(FIELDS.map((name) => [name, metadata[name]]));
}

function parseCustom(value: unknown): Pick<MetadataPatch, 'custom' | 'downloadTokens'> {
  if (value === undefined || value === null) return { custom: value, downloadTokens: undefined };
  if (typeof value !== 'object' || Array.isArray(value))
    throw invalidArgument('metadata is not a JSON object.');
  const custom: Record<string, string | null> = {};
  let size = 0;
  for (const [name, entry] of Object.entries(value)) {
    // Clients that do not know types send numbers and booleans.
    custom[name] = entry === null ? null : typeof entry === 'string' ? entry : JSON.stringify(entry);
    size += Buffer.byteLength(name) + Buffer.byteLength(custom[name] ?? '');
  }
  if (size > MAX_CUSTOM_BYTES) throw invalidArgument(`metadata has more than ${MAX_CUSTOM_BYTES} bytes.`);
  if (JSON.stringify(custom).includes('\\u0000'))
    throw invalidArgument('metadata holds a control character.');
  const tokens = custom[TOKENS_KEY];
  delete custom[TOKENS_KEY];
  return { custom, downloadTokens: tokens?.split(',').filter((token) => token !== '') };
}

function optional(name: string, value: unknown): string | undefined {
  return value === undefined || value === null || value === '' ? undefined : text(name, value, 4_096);
}

function text(name: string, value: unknown, maxBytes: number): string {
  if (typeof value !== 'string') throw invalidArgument(`${name} is not a string.`);
  if (Buffer.byteLength(value) > maxBytes || CONTROL.test(value) || !value.isWellFormed()) {
    throw invalidArgument(`${name} is not valid.`);
  }
  return value;
}
