import { type Fields, type Json, typeOf } from './json.ts';
import { mapEntries } from './members.ts';
import { toBytes, toReference, toText, toVector } from './tags.ts';
import { utf8Length } from './text.ts';

/** Bytes that every document costs beyond its name and fields. */
export const DOCUMENT_OVERHEAD = 32;

/** Text costs its UTF-8 bytes and one. */
export const textSize = (text: string): number => utf8Length(text) + 1;

/** Storage size of a document's name (full resource name): its path segments and 16 bytes. */
export function nameSize(name: string): number {
  const documents = name.indexOf('/documents/');
  const path = documents < 0 ? name : name.slice(documents + '/documents/'.length);
  // Each segment costs its bytes and one; the slashes between them count for all but the last.
  return textSize(path) + 16;
}

/** Storage size of a value in bytes: firebase.google.com/docs/firestore/storage-size. */
export function valueSize(value: Json): number {
  switch (typeOf(value)) {
    case 'null':
    case 'boolean':
      return 1;
    case 'number':
    case 'timestamp':
      return 8;
    case 'geoPoint':
      return 16;
    case 'string':
      return textSize(toText(value)!);
    case 'bytes':
      return toBytes(value)!.length;
    case 'reference':
      return nameSize(toReference(value)!);
    case 'vector':
      return 8 * toVector(value)!.length;
    case 'array':
      return (value as Json[]).reduce((sum: number, element) => sum + valueSize(element), 0);
    case 'map':
      return fieldsSize(value as Fields);
  }
}

export function fieldsSize(fields: Fields): number {
  let sum = 0;
  for (const [name, value] of mapEntries(fields)) sum += textSize(name) + valueSize(value);
  return sum;
}

/** Storage size of a document in bytes, as the limit of 1 MiB counts it. */
export function documentSize(name: string, fields: Fields): number {
  return nameSize(name) + fieldsSize(fields) + DOCUMENT_OVERHEAD;
}
