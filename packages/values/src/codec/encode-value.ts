import { type Fields, type Json, loneDollarKey } from '../json.ts';
import { mapEntries } from '../members.ts';
import { isReferenceName } from '../names.ts';
import { componentOf } from '../numbers.ts';
import { unescapeText } from '../text.ts';
import { parseTime } from '../time.ts';
import {
  mark,
  writeBigInt,
  writeByte,
  writeBytes,
  writeDouble,
  writeInt,
  writeString,
  writeTag,
  writeUint32,
} from './writer.ts';

/** Field tags of google.firestore.v1.Value. */
const BOOLEAN = 8;
const INTEGER = 16;
const DOUBLE = 25;
const REFERENCE = 42;
const MAP = 50;
const GEO_POINT = 66;
const ARRAY = 74;
const TIMESTAMP = 82;
const NULL = 88;
const STRING = 138;
const BYTES = 146;

/** Writes a value back to front, without its own tag and length. */
export function writeValue(value: Json): void {
  switch (typeof value) {
    case 'string':
      writeString(value);
      writeTag(STRING);
      return;
    case 'number':
      if (Number.isSafeInteger(value)) {
        writeInt(value);
        writeByte(INTEGER);
      } else {
        writeDoubleValue(value);
      }
      return;
    case 'boolean':
      writeByte(value ? 1 : 0);
      writeByte(BOOLEAN);
      return;
  }
  if (value === null) {
    writeByte(0);
    writeByte(NULL);
  } else if (Array.isArray(value)) {
    const end = mark();
    writeElements(value);
    writeUint32(mark() - end);
    writeByte(ARRAY);
  } else {
    const lone = loneDollarKey(value);
    if (lone !== undefined && writeTagged(lone, value[lone]!)) return;
    const end = mark();
    writeEntries(value, MAP_ENTRY);
    writeUint32(mark() - end);
    writeByte(MAP);
  }
}

function writeDoubleValue(value: number): void {
  writeDouble(value);
  writeByte(DOUBLE);
}

/** Tags of the entries in MapValue.fields and in Document.fields. */
export const MAP_ENTRY = 10;
export const DOCUMENT_ENTRY = 18;

/** Writes a map's members, as entries with the given tag. */
export function writeEntries(fields: Fields, tag: number): void {
  if (Object.hasOwn(fields, '$keys')) {
    const entries = mapEntries(fields);
    for (let i = entries.length - 1; i >= 0; i--) writeEntry(entries[i]![0], entries[i]![1], tag);
    return;
  }
  const keys = Object.keys(fields);
  for (let i = keys.length - 1; i >= 0; i--) writeEntry(keys[i]!, fields[keys[i]!]!, tag);
}

function writeEntry(key: string, value: Json, tag: number): void {
  const end = mark();
  writeValue(value);
  writeUint32(mark() - end);
  writeByte(18);
  writeString(key);
  writeByte(10);
  writeUint32(mark() - end);
  writeByte(tag);
}

/** Writes the elements of an ArrayValue. */
export function writeElements(elements: readonly Json[]): void {
  for (let i = elements.length - 1; i >= 0; i--) {
    const end = mark();
    writeValue(elements[i]!);
    writeUint32(mark() - end);
    writeByte(10);
  }
}

/**
 * Writes what a tag stands for. False when the key is no tag, or when its content is not what the tag promises (only
 * SQL can store that): such an object goes out as the map that it looks like, and a bad row breaks no reader.
 */
function writeTagged(tag: string, content: Json): boolean {
  switch (tag) {
    case '$double': {
      const isNumber = typeof content === 'number' || typeof content === 'string';
      if (!isNumber) return false;
      writeDoubleValue(Number(content));
      return true;
    }
    case '$timestamp':
      return writeTimeTag(content);
    case '$int':
      return writeIntTag(content);
    case '$ref':
      return writeReferenceTag(content);
    case '$bytes':
      if (typeof content !== 'string') return false;
      writeBytes(Buffer.from(content, 'base64'));
      writeTag(BYTES);
      return true;
    case '$string':
      if (typeof content !== 'string') return false;
      writeString(Buffer.from(content, 'base64').toString('utf8'));
      writeTag(STRING);
      return true;
    case '$geo':
      return writeGeoTag(content);
    case '$vector':
      return writeVectorTag(content);
    default:
      return false;
  }
}

function writeReferenceTag(content: Json): boolean {
  if (typeof content !== 'string') return false;
  const name = unescapeText(content);
  if (!isReferenceName(name)) return false;
  writeString(name);
  writeByte(REFERENCE);
  return true;
}

function writeTimeTag(content: Json): boolean {
  const instant = typeof content === 'string' ? parseTime(content) : undefined;
  if (instant === undefined) return false;
  const end = mark();
  writeInstant(instant.seconds, instant.micros);
  writeUint32(mark() - end);
  writeByte(TIMESTAMP);
  return true;
}

/** The body of a google.protobuf.Timestamp. */
export function writeInstant(seconds: number, micros: number): void {
  if (micros !== 0) {
    writeUint32(micros * 1000);
    writeByte(16);
  }
  if (seconds !== 0) {
    writeInt(seconds);
    writeByte(8);
  }
}

function writeIntTag(content: Json): boolean {
  if (typeof content !== 'string' || !/^-?\d{1,19}$/.test(content)) return false;
  const value = BigInt(content);
  if (BigInt.asIntN(64, value) !== value) return false;
  writeBigInt(value);
  writeByte(INTEGER);
  return true;
}

function writeGeoTag(content: Json): boolean {
  if (!Array.isArray(content)) return false;
  const [latitude, longitude] = [componentOf(content[0]), componentOf(content[1])];
  if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180)) return false;
  const end = mark();
  // Proto3 leaves out zero, but not its negative.
  if (!Object.is(longitude, 0)) {
    writeDouble(longitude);
    writeByte(17);
  }
  if (!Object.is(latitude, 0)) {
    writeDouble(latitude);
    writeByte(9);
  }
  writeUint32(mark() - end);
  writeByte(GEO_POINT);
  return true;
}

/** A vector is the map {__type__: "__vector__", value: [doubles]}. */
function writeVectorTag(content: Json): boolean {
  if (!Array.isArray(content) || content.length === 0) return false;
  const end = mark();
  for (let i = content.length - 1; i >= 0; i--) {
    writeDoubleValue(componentOf(content[i]));
    writeByte(9);
    writeByte(10);
  }
  writeUint32(mark() - end);
  writeByte(ARRAY);
  writeUint32(mark() - end);
  writeByte(18);
  writeString('value');
  writeByte(10);
  writeUint32(mark() - end);
  writeByte(MAP_ENTRY);
  writeEntry('__type__', '__vector__', MAP_ENTRY);
  writeUint32(mark() - end);
  writeByte(MAP);
  return true;
}
