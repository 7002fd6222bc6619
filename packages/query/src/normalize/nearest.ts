import { invalidArgument } from '@telestack/errors';
import {
  StructuredQuery_FindNearest_DistanceMeasure as Measure,
  type StructuredQuery_FindNearest as ProtoFindNearest,
} from '@telestack/protos/google/firestore/v1/query.ts';
import { type FieldPath, type Json, parseFieldPath, toVector } from '@telestack/values';
import { isNameField } from '../field.ts';
import type { DistanceMeasure, FindNearest } from '../types.ts';

const MAX_LIMIT = 1000;
const MAX_DIMENSIONS = 2048;
const MEASURES: Readonly<Record<number, DistanceMeasure>> = {
  [Measure.EUCLIDEAN]: 'EUCLIDEAN',
  [Measure.COSINE]: 'COSINE',
  [Measure.DOT_PRODUCT]: 'DOT_PRODUCT',
};

/** A vector search within the documented limits. @throws INVALID_ARGUMENT */
export function parseFindNearest(nearest: ProtoFindNearest): FindNearest {
  const field = parseFieldPath(nearest.vectorField?.fieldPath ?? '');
  if (isNameField(field)) throw invalidArgument('the name __key__ is reserved');
  const measure = MEASURES[nearest.distanceMeasure];
  if (measure === undefined) throw invalidArgument('A distance measure is required for FindNearest.');
  const { limit, distanceResultField, distanceThreshold } = nearest;
  if (limit === undefined || limit < 1 || limit > MAX_LIMIT) {
    throw invalidArgument(`FindNearest limit must be a positive integer of no more than ${MAX_LIMIT}.`);
  }
  return {
    field,
    vector: parseVector(nearest.queryVector),
    measure,
    limit,
    ...(distanceResultField !== '' && { distanceResultField: parseResultField(distanceResultField) }),
    ...(distanceThreshold !== undefined && { distanceThreshold }),
  };
}

function parseVector(value: Json | undefined): number[] {
  const vector = value === undefined ? undefined : toVector(value);
  if (vector === undefined) throw invalidArgument('A query vector is required.');
  if (vector.length === 0) throw invalidArgument('The query vector must not be empty.');
  if (vector.length > MAX_DIMENSIONS) {
    throw invalidArgument(`The query vector must have no more than ${MAX_DIMENSIONS} dimensions.`);
  }
  return vector;
}

function parseResultField(text: string): FieldPath {
  const field = parseFieldPath(text);
  if (isNameField(field)) throw invalidArgument('the name __key__ is reserved');
  return field;
}
