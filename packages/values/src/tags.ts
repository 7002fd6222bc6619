import { type Fields, type Json, tagOf } from './json.ts';
import { componentOf } from './numbers.ts';
import { escapeText, unescapeText } from './text.ts';
import { formatTime, parseTime } from './time.ts';

/** A timestamp from microseconds since the epoch. */
export function timestampOf(micros: number): Json {
  const seconds = Math.floor(micros / 1_000_000);
  return { $timestamp: formatTime(seconds, micros - seconds * 1_000_000) };
}

/** Microseconds since the epoch (exact up to the year 2255); undefined when the value is no timestamp. */
export function toMicros(value: Json): number | undefined {
  if (tagOf(value) !== '$timestamp') return undefined;
  const instant = parseTime(String((value as Fields).$timestamp));
  return instant && instant.seconds * 1_000_000 + instant.micros;
}

/** The stored form of a string. */
export function stringOf(text: string): Json {
  return text.includes('\0') ? { $string: Buffer.from(text, 'utf8').toString('base64') } : text;
}

/** A string value's text; undefined when the value is no string. */
export function toText(value: Json): string | undefined {
  if (typeof value === 'string') return value;
  if (tagOf(value) !== '$string') return undefined;
  return Buffer.from(String((value as Fields).$string), 'base64').toString('utf8');
}

export function bytesOf(bytes: Uint8Array): Json {
  return { $bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64') };
}

/** The bytes of a bytes value; undefined when the value is something else. */
export function toBytes(value: Json): Buffer | undefined {
  if (tagOf(value) !== '$bytes') return undefined;
  return Buffer.from(String((value as Fields).$bytes), 'base64');
}

/** A reference to a document by its full resource name. */
export function referenceOf(name: string): Json {
  return { $ref: escapeText(name) };
}

/** The full resource name that a reference holds; undefined when the value is no reference. */
export function toReference(value: Json): string | undefined {
  return tagOf(value) === '$ref' ? unescapeText(String((value as Fields).$ref)) : undefined;
}

/** From degrees. */
export function geoPointOf(latitude: number, longitude: number): Json {
  return { $geo: [componentForm(latitude), componentForm(longitude)] };
}

export interface GeoPoint {
  readonly latitude: number;
  readonly longitude: number;
}

export function toGeoPoint(value: Json): GeoPoint | undefined {
  if (tagOf(value) !== '$geo') return undefined;
  const pair = (value as Fields).$geo;
  if (!Array.isArray(pair)) return { latitude: 0, longitude: 0 };
  return { latitude: componentOf(pair[0]), longitude: componentOf(pair[1]) };
}

export function vectorOf(components: readonly number[]): Json {
  return { $vector: components.map(componentForm) };
}

/** A number of a geopoint or a vector: what JSON in PostgreSQL has no number for is text. */
const componentForm = (n: number): Json => (Object.is(n, -0) ? '-0' : Number.isFinite(n) ? n : String(n));

/** The components of a vector; undefined when the value is something else. */
export function toVector(value: Json): number[] | undefined {
  if (tagOf(value) !== '$vector') return undefined;
  const components = (value as Fields).$vector;
  return Array.isArray(components) ? components.map(componentOf) : [];
}
