import { invalidArgument } from '@telestack/errors';
import { type Fields, type Json, typeOf } from '../json.ts';
import { isInteger, toNumber } from '../numbers.ts';
import { vectorOf } from '../tags.ts';

const MAX_DIMENSIONS = 2048;

/**
 * The stored form of a map whose `__type__` is "__vector__".
 * @throws StatusError INVALID_ARGUMENT
 */
export function decodeVector(map: Fields): Json {
  const { value } = map;
  if (value === undefined) throw invalidArgument("Vector map is missing key 'value'.");
  if (Object.keys(map).length > 2) throw invalidArgument('Vector Value map has extraneous entries.');
  if (!Array.isArray(value)) throw invalidArgument('Vector Value type must be an array.');
  if (value.length === 0) throw invalidArgument('Cannot have a zero length vector.');
  if (value.length > MAX_DIMENSIONS) {
    throw invalidArgument(`Vectors must be at most ${MAX_DIMENSIONS} dimensions.`);
  }
  if (value.some((component) => typeOf(component) !== 'number' || isInteger(component))) {
    throw invalidArgument("Vector must only contain values of type 'double'");
  }
  return vectorOf(value.map((component) => toNumber(component)!));
}
