import { invalidArgument } from '@telestack/errors';
import {
  StructuredQuery_FindNearest_DistanceMeasure as Measure,
  type StructuredQuery_FindNearest as ProtoFindNearest,
  type StructuredQuery,
} from '@telestack/protos/google/firestore/v1/query.ts';
import {
  isReserved,
  type Json,
  parsePropertyPath,
  toVector,
  utf8Length,
  validateValue,
} from '@telestack/values';
import type { DistanceMeasure, FindNearest } from '../types.ts';

const MAX_LIMIT = 1000;
const MAX_DIMENSIONS = 2048;
const MAX_NAME_BYTES = 1500;
const MEASURES: Readonly<Record<number, DistanceMeasure>> = {
  [Measure.EUCLIDEAN]: 'EUCLIDEAN',
  [Measure.COSINE]: 'COSINE',
  [Measure.DOT_PRODUCT]: 'DOT_PRODUCT',
};

/** A vector search within the documented limits. @throws INVALID_ARGUMENT */
export function parseFindNearest(nearest: ProtoFindNearest): FindNearest {
  if (nearest.queryVector === undefined)
    throw invalidArgument('Cannot convert firestore.v1.Value with type unset.');
  const vector = parseVector(nearest.queryVector);
  const { limit, distanceResultField: name, distanceThreshold } = nearest;
  if (limit === undefined || limit < 1 || limit > MAX_LIMIT) {
    throw invalidArgument(`FindNearest.limit must be a positive integer of no more than ${MAX_LIMIT}`);
  }
  const measure = MEASURES[nearest.distanceMeasure];
  if (measure === undefined) throw invalidArgument('Unknown Distance Measure.');
  const field = parsePropertyPath(nearest.vectorField?.fieldPath ?? '');
  return {
    field,
    vector,
    measure,
    limit,
    // A name and no path: "a.b" is one field of the document.
    ...(name !== '' && { distanceResultField: [name] }),
    ...(distanceThreshold !== undefined && { distanceThreshold }),
  };
}

/** What a vector search excludes. @throws INVALID_ARGUMENT */
export function checkNearestAlone({ limit, offset, startAt, endAt }: StructuredQuery): void {
  if (limit !== undefined) throw invalidArgument('A query limit cannot be used with FindNearest');
  if (offset !== 0) throw invalidArgument('A query offset cannot be used with FindNearest');
  if (startAt || endAt) throw invalidArgument('A cursor cannot be used with FindNearest');
}

/** @throws INVALID_ARGUMENT */
export function checkNearestResult({ distanceResultField, distanceThreshold }: ProtoFindNearest): void {
  checkResultField(distanceResultField);
  if (distanceThreshold !== undefined && !Number.isFinite(distanceThreshold)) {
    throw invalidArgument('distanceThreshold must be a finite number.');
  }
}

function parseVector(value: Json): number[] {
  validateValue(value);
  const vector = toVector(value);
  if (vector === undefined) throw invalidArgument('Query Value must be of type vector.');
  if (vector.length === 0) throw invalidArgument('Cannot have a zero length vector.');
  if (vector.length > MAX_DIMENSIONS) {
    throw invalidArgument(`Vectors must be at most ${MAX_DIMENSIONS} dimensions.`);
  }
  return vector;
}

function checkResultField(name: string): void {
  if (isReserved(name)) throw invalidArgument(`The distanceResultField.property.name "${name}" is reserved.`);
  if (utf8Length(name) > MAX_NAME_BYTES) {
    throw invalidArgument(`The distanceResultField.property.name is longer than ${MAX_NAME_BYTES} bytes.`);
  }
}
