import { invalidArgument, type StatusError } from '@telestack/errors';
import { isReserved, MAX_NAME_BYTES } from './identifiers.ts';
import { type Fields, type Json, typeOf } from './json.ts';
import { mapEntries } from './members.ts';
import { checkPathLimits } from './names.ts';
import { DOCUMENT_OVERHEAD, nameSize, textSize, valueSize } from './size.ts';
import { toReference, toVector } from './tags.ts';
import { utf8Length } from './text.ts';

const MAX_DOCUMENT_BYTES = 1_048_576;
/** 1 MiB - 89 bytes: firebase.google.com/docs/firestore/quotas. */
const MAX_VALUE_BYTES = 1_048_487;
const MAX_DEPTH = 20;
/** Segments of a resource name before a document's path: projects/{project}/databases/{database}/documents. */
const NAME_PREFIX = 5;
/** Characters that exceed no limit of a name: 100 levels have 400. */
const SHORT_NAME = 400;

/**
 * Checks the fields of a document before it is written. Returns their storage size, for `checkDocumentSize`.
 * @throws StatusError INVALID_ARGUMENT
 */
export function validateFields(fields: Fields): number {
  let size = 0;
  for (const [field, value] of mapEntries(fields)) {
    const nameBytes = checkFieldName(field);
    size +=
      nameBytes +
      1 +
      valueBytes(value, { field, depth: 0, pathBytes: nameBytes, isElement: false, isInMap: false });
  }
  return size;
}

/**
 * @param name the document's resource name
 * @throws StatusError INVALID_ARGUMENT
 */
export function checkDocumentSize(name: string, fieldsSize: number): void {
  const size = nameSize(name) + DOCUMENT_OVERHEAD + fieldsSize;
  if (size > MAX_DOCUMENT_BYTES) {
    throw invalidArgument(
      `Document '${name}' cannot be written because its size (${size.toLocaleString('en-US')} bytes) exceeds the ` +
        `maximum allowed size of ${MAX_DOCUMENT_BYTES.toLocaleString('en-US')} bytes.`,
    );
  }
}

function checkFieldName(name: string): number {
  if (name === '') throw invalidArgument('The property.name is the empty string.');
  if (isReserved(name)) throw invalidArgument(`field name ${name} is reserved`);
  const bytes = utf8Length(name);
  if (bytes > MAX_NAME_BYTES) throw invalidArgument('The property.name is longer than 1500 bytes.');
  return bytes;
}

/** Where a value stands in its document. */
interface Place {
  /** The document's field that it belongs to. */
  readonly field: string;
  /** Maps and arrays around it. */
  readonly depth: number;
  /** Length of the names and dots that lead to it. */
  readonly pathBytes: number;
  readonly isElement: boolean;
  readonly isInMap: boolean;
}

/** Checks a value; returns its storage size. */
function valueBytes(value: Json, place: Place): number {
  const type = typeOf(value);
  switch (type) {
    case 'string':
    case 'bytes': {
      const size = valueSize(value);
      if (size - (type === 'string' ? 1 : 0) > MAX_VALUE_BYTES) {
        if (place.depth > 0) throw invalidNested(place);
        throw invalidArgument(
          `The value of property "${place.field}" is longer than ${MAX_VALUE_BYTES} bytes.`,
        );
      }
      return size;
    }
    case 'vector':
      if (place.isElement) throw invalidArgument('Cannot convert a vector value in an array value.');
      if (toVector(value)!.some(Number.isNaN)) {
        throw place.depth > 0 ? invalidNested(place) : invalidArgument('Vector cannot contain NaN values.');
      }
      return valueSize(value);
    case 'reference':
      checkReferred(value, place);
      return valueSize(value);
    case 'array': {
      if (place.isElement) throw invalidArgument('Cannot convert an array value in an array value.');
      // Google's backend counts the levels around elements: an empty array, unlike an empty map, is none.
      if ((value as Json[]).length === 0) return 0;
      const inside = { ...place, depth: deeper(place), isElement: true };
      return (value as Json[]).reduce((sum: number, element) => sum + valueBytes(element, inside), 0);
    }
    case 'map':
      return mapBytes(value as Fields, place);
    default:
      return valueSize(value);
  }
}

function checkReferred(value: Json, place: Place): void {
  const name = toReference(value)!;
  if (name.length <= SHORT_NAME) return;
  try {
    checkPathLimits(name.split('/').slice(NAME_PREFIX).join('/'));
  } catch (limit) {
    throw place.isInMap ? invalidNested(place) : limit;
  }
}

function mapBytes(map: Fields, place: Place): number {
  const depth = deeper(place);
  let size = 0;
  for (const [name, value] of mapEntries(map)) {
    // The emulator's words differ for the name that announces a special map.
    if (name === '' || name === '__type__') throw invalidNested(place);
    if (isReserved(name)) throw invalidArgument(`field name '${name}' is reserved.`);
    const pathBytes = place.pathBytes + textSize(name);
    if (pathBytes > MAX_NAME_BYTES) throw invalidNested(place);
    size +=
      textSize(name) +
      valueBytes(value, { field: place.field, depth, pathBytes, isElement: false, isInMap: true });
  }
  return size;
}

function deeper(place: Place): number {
  if (place.depth >= MAX_DEPTH) throw invalidNested(place);
  return place.depth + 1;
}

const invalidNested = (place: Place): StatusError =>
  invalidArgument(`Property ${place.field} contains an invalid nested entity.`);

/**
 * Checks what Google's backend checks before anything else of a document's fields: reserved names, and arrays in arrays. `validateFields`
 * includes it.
 * @throws StatusError INVALID_ARGUMENT
 */
export function checkConvertible(fields: Fields): void {
  for (const [field, value] of mapEntries(fields)) {
    if (isReserved(field)) throw invalidArgument(`field name ${field} is reserved`);
    checkElements(value, false);
  }
}

function checkElements(value: Json, isElement: boolean): void {
  switch (typeOf(value)) {
    case 'vector':
      if (isElement) throw invalidArgument('Cannot convert a vector value in an array value.');
      return;
    case 'array':
      if (isElement) throw invalidArgument('Cannot convert an array value in an array value.');
      for (const element of value as Json[]) checkElements(element, true);
      return;
    case 'map':
      for (const [name, member] of mapEntries(value as Fields)) {
        if (isReserved(name) && name !== '__type__')
          throw invalidArgument(`field name '${name}' is reserved.`);
        checkElements(member, false);
      }
  }
}

/**
 * Checks a value out of a query or a transform, which may hold what a document may not (arrays in arrays).
 * @throws StatusError INVALID_ARGUMENT for reserved names in maps
 */
export function validateValue(value: Json): void {
  const type = typeOf(value);
  if (type === 'array') {
    for (const element of value as Json[]) validateValue(element);
  } else if (type === 'map') {
    for (const [name, member] of mapEntries(value as Fields)) {
      if (isReserved(name) && name !== '__type__') throw invalidArgument(`field name '${name}' is reserved.`);
      validateValue(member);
    }
  }
}
