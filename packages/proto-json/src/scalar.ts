import { ScalarType } from '@bufbuild/protobuf';
import type { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';

const INTEGER = /^-?\d{1,20}$/;
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** The JSON numbers that have no number in JSON. */
const NAMED: ReadonlyMap<unknown, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]);

/** A scalar out of its JSON form; undefined when it is none (https://protobuf.dev/programming-guides/json). */
export function parseScalar(type: ScalarType, json: unknown): Scalar | undefined {
  switch (type) {
    case ScalarType.STRING:
      // A lone surrogate has no UTF-8: it would be written as another text than was said.
      return typeof json === 'string' && json.isWellFormed() ? json : undefined;
    case ScalarType.BOOL:
      return typeof json === 'boolean' ? json : undefined;
    case ScalarType.BYTES:
      return typeof json === 'string' ? parseBytes(json) : undefined;
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return parseDouble(json, type);
    case ScalarType.INT64:
    case ScalarType.SINT64:
    case ScalarType.SFIXED64:
      return parseInteger(json, -(2n ** 63n), 2n ** 63n - 1n);
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return parseInteger(json, 0n, 2n ** 64n - 1n);
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      return toNumber(parseInteger(json, -(2n ** 31n), 2n ** 31n - 1n));
    default:
      return toNumber(parseInteger(json, 0n, 2n ** 32n - 1n));
  }
}

export type Scalar = string | boolean | number | bigint | Uint8Array;

const toNumber = (value: bigint | undefined): number | undefined =>
  value === undefined ? undefined : Number(value);

function parseBytes(text: string): Buffer | undefined {
  const isWhole = text.endsWith('=') ? text.length % 4 === 0 : text.length % 4 !== 1;
  return isWhole && BASE64.test(text) ? Buffer.from(text, 'base64') : undefined;
}

function parseDouble(json: unknown, type: ScalarType): number | undefined {
  const named = NAMED.get(json);
  if (named !== undefined) return named;
  const value =
    typeof json === 'number'
      ? json
      : typeof json === 'string' && NUMBER.test(json)
        ? Number(json)
        : undefined;
  // Only a literal beyond the range of the type becomes infinite here.
  if (value === undefined || !Number.isFinite(value)) return undefined;
  if (type === ScalarType.FLOAT && !Number.isFinite(Math.fround(value))) return undefined;
  return value;
}

function parseInteger(json: unknown, min: bigint, max: bigint): bigint | undefined {
  let value: bigint;
  if (typeof json === 'string' && INTEGER.test(json)) value = BigInt(json);
  else {
    // 1.0 and 1e3 are integers too.
    const number =
      typeof json === 'number' ? json : typeof json === 'string' && NUMBER.test(json) ? Number(json) : 0.5;
    if (!Number.isSafeInteger(number)) return undefined;
    value = BigInt(number);
  }
  return value >= min && value <= max ? value : undefined;
}

/** Wire types of google/protobuf: 0 varint, 1 64 bits, 2 with a length, 5 32 bits. */
export function wireTypeOf(type: ScalarType): 0 | 1 | 2 | 5 {
  switch (type) {
    case ScalarType.DOUBLE:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return 1;
    case ScalarType.STRING:
    case ScalarType.BYTES:
      return 2;
    case ScalarType.FLOAT:
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
      return 5;
    default:
      return 0;
  }
}

/** Whether a scalar is what an absent field means. */
export function isDefault(value: Scalar): boolean {
  if (typeof value === 'number') return Object.is(value, 0);
  if (typeof value === 'object') return value.length === 0;
  return value === '' || value === false || value === 0n;
}

/** Writes a scalar that `parseScalar` gave, without its tag. */
export function writeScalar(writer: BinaryWriter, type: ScalarType, value: Scalar): void {
  const method = METHODS[type];
  (writer[method] as (value: Scalar) => BinaryWriter)(value);
}

export function readScalar(reader: BinaryReader, type: ScalarType): Scalar {
  return reader[METHODS[type]]();
}

const METHODS = {
  [ScalarType.DOUBLE]: 'double',
  [ScalarType.FLOAT]: 'float',
  [ScalarType.INT64]: 'int64',
  [ScalarType.UINT64]: 'uint64',
  [ScalarType.INT32]: 'int32',
  [ScalarType.FIXED64]: 'fixed64',
  [ScalarType.FIXED32]: 'fixed32',
  [ScalarType.BOOL]: 'bool',
  [ScalarType.STRING]: 'string',
  [ScalarType.BYTES]: 'bytes',
  [ScalarType.UINT32]: 'uint32',
  [ScalarType.SFIXED32]: 'sfixed32',
  [ScalarType.SFIXED64]: 'sfixed64',
  [ScalarType.SINT32]: 'sint32',
  [ScalarType.SINT64]: 'sint64',
} as const;

/** A scalar's JSON text. */
export function formatScalar(value: Scalar): string {
  switch (typeof value) {
    case 'number':
      // JSON has a negative zero, though JSON.stringify has none.
      if (Number.isFinite(value)) return Object.is(value, -0) ? '-0.0' : String(value);
      return `"${value}"`;
    case 'bigint':
      return `"${value}"`;
    case 'boolean':
      return value ? 'true' : 'false';
    case 'string':
      return JSON.stringify(value);
    default:
      return `"${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')}"`;
  }
}
