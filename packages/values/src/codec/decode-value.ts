import { invalidArgument } from '@telestack/errors';
import type { Fields, Json } from '../json.ts';
import { loneDollarKey } from '../json.ts';
import { mapFrom, setOwn } from '../members.ts';
import { checkReference } from '../names.ts';
import { double } from '../numbers.ts';
import { geoPointOf, referenceOf, stringOf, toText } from '../tags.ts';
import { formatTime, MAX_SECONDS, MIN_SECONDS } from '../time.ts';
import type { WireReader } from './reader.ts';
import { decodeVector } from './vector.ts';

/** Values within values. Documents allow 20; queries may hold a little more. */
const MAX_DEPTH = 100;

/** Reads a google.firestore.v1.Value up to the reader's end, into its stored form. */
export function readValue(reader: WireReader, depth: number): Json {
  if (depth > MAX_DEPTH) throw invalidArgument('Value is nested too deeply.');
  let value: Json | undefined;
  while (reader.pos < reader.end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        value = reader.bool();
        break;
      case 16:
        value = readInteger(reader);
        break;
      case 25:
        value = double(reader.double());
        break;
      case 42:
        value = readReference(reader);
        break;
      case 50:
        value = within(reader, () => readMapValue(reader, depth));
        break;
      case 66:
        value = within(reader, () => readGeoPoint(reader));
        break;
      case 74:
        value = within(reader, () => readArray(reader, depth));
        break;
      case 82:
        value = within(reader, () => readTimestamp(reader));
        break;
      case 88:
        reader.varint64();
        value = null;
        break;
      case 138:
        value = stringOf(reader.string());
        break;
      case 146:
        value = { $bytes: reader.base64() };
        break;
      case 154:
        throw invalidArgument('Value type is not supported: FIELD_REFERENCE_VALUE');
      case 162:
        throw invalidArgument('Value type is not supported: FUNCTION_VALUE');
      case 170:
        throw invalidArgument('Value type is not supported: PIPELINE_VALUE');
      default:
        reader.skip(tag);
    }
  }
  if (value === undefined) throw invalidArgument('Cannot convert firestore.v1.Value with type unset.');
  return value;
}

function within<T>(reader: WireReader, read: () => T): T {
  const outer = reader.enter();
  const result = read();
  reader.leave(outer);
  return result;
}

function readReference(reader: WireReader): Json {
  const name = reader.string();
  checkReference(name);
  return referenceOf(name);
}

function readInteger(reader: WireReader): Json {
  const near = reader.int64AsNumber();
  if (Number.isSafeInteger(near)) return near;
  return { $int: String((BigInt(reader.high | 0) << 32n) | BigInt(reader.low >>> 0)) };
}

/** Reads the elements of an ArrayValue up to the reader's end. */
export function readArray(reader: WireReader, depth: number): Json[] {
  const elements: Json[] = [];
  while (reader.pos < reader.end) {
    const tag = reader.uint32();
    if (tag !== 10) {
      reader.skip(tag);
      continue;
    }
    const outer = reader.enter();
    elements.push(readValue(reader, depth + 1));
    reader.leave(outer);
  }
  return elements;
}

function readMapValue(reader: WireReader, depth: number): Json {
  const map = readMap(reader, MAP_ENTRY, depth);
  const type = map.__type__;
  if (type === '__vector__') return decodeVector(map);
  if (type !== undefined && toText(type) === undefined)
    throw invalidArgument('Field __type__ is not a string.');
  return map;
}

export const MAP_ENTRY = 10;

/** Reads the members of a MapValue up to the reader's end, in the stored form of a map. */
export function readMap(reader: WireReader, entryTag: number, depth: number): Fields {
  const map: Fields = {};
  let hasHidden = false;
  while (reader.pos < reader.end) {
    const tag = reader.uint32();
    if (tag !== entryTag) {
      reader.skip(tag);
      continue;
    }
    if (readEntry(reader, map, depth)) hasHidden = true;
  }
  return storedMap(map, hasHidden);
}

/** Moves members out of the way of the tag syntax. `hasHidden`: some key is `$keys` or holds U+0000. */
export function storedMap(map: Fields, hasHidden: boolean): Fields {
  return hasHidden || loneDollarKey(map) !== undefined ? mapFrom(Object.entries(map)) : map;
}

/** Reads an entry of a map field into `map`; true when its key cannot be stored as it is. */
export function readEntry(reader: WireReader, map: Fields, depth: number): boolean {
  const outer = reader.enter();
  let key = '';
  let value: Json | undefined;
  while (reader.pos < reader.end) {
    const tag = reader.uint32();
    if (tag === 10) {
      key = reader.string();
    } else if (tag === 18) {
      const end = reader.enter();
      value = readValue(reader, depth + 1);
      reader.leave(end);
    } else {
      reader.skip(tag);
    }
  }
  if (value === undefined) throw invalidArgument('Cannot convert firestore.v1.Value with type unset.');
  reader.leave(outer);
  setOwn(map, key, value);
  return key === '$keys' || key.includes('\0');
}

/** The seconds and nanoseconds of a google.protobuf.Timestamp up to the reader's end. */
export function readInstant(reader: WireReader): { seconds: number; nanos: number } {
  let seconds = 0;
  let nanos = 0;
  while (reader.pos < reader.end) {
    const tag = reader.uint32();
    if (tag === 8) seconds = reader.int64AsNumber();
    else if (tag === 16) nanos = reader.int64AsNumber();
    else reader.skip(tag);
  }
  if (seconds < MIN_SECONDS || seconds > MAX_SECONDS) {
    throw invalidArgument('Timestamp seconds exceeds limit for field.');
  }
  if (nanos < 0 || nanos > 999_999_999) throw invalidArgument('Timestamp nanos exceeds limit for field.');
  return { seconds, nanos };
}

function readTimestamp(reader: WireReader): Json {
  const { seconds, nanos } = readInstant(reader);
  return { $timestamp: formatTime(seconds, Math.floor(nanos / 1000)) };
}

function readGeoPoint(reader: WireReader): Json {
  let latitude = 0;
  let longitude = 0;
  while (reader.pos < reader.end) {
    const tag = reader.uint32();
    if (tag === 9) latitude = reader.double();
    else if (tag === 17) longitude = reader.double();
    else reader.skip(tag);
  }
  checkDegrees('latitude', latitude, 90);
  checkDegrees('longitude', longitude, 180);
  return geoPointOf(latitude, longitude);
}

function checkDegrees(what: string, degrees: number, limit: number): void {
  if (Math.abs(degrees) <= limit) return;
  const text = Number.isInteger(degrees) ? `${degrees}.0` : String(degrees);
  throw invalidArgument(`Geo point ${what} '${text}' outside permitted range -${limit}.0 to ${limit}.0.`);
}
