import { invalidArgument } from '@telestack/errors';
import { type FieldPath, getField, setField } from './field-path.ts';
import type { Fields, Json } from './json.ts';
import { double, int64, isInteger, toNumber, toNumeric } from './numbers.ts';
import { compareNumeric, equalValues } from './order.ts';
import { timestampOf } from './tags.ts';
import { validateValue } from './validate.ts';

/** `DocumentTransform.FieldTransform.transform_type` of google/firestore/v1/write.proto. */
export type TransformType =
  | { $case: 'setToServerValue'; setToServerValue: number }
  | { $case: 'increment'; increment: Json }
  | { $case: 'maximum'; maximum: Json }
  | { $case: 'minimum'; minimum: Json }
  | { $case: 'appendMissingElements'; appendMissingElements: Json[] }
  | { $case: 'removeAllFromArray'; removeAllFromArray: Json[] };

export interface Transformed {
  readonly fields: Fields;
  /** For `WriteResult.transform_results`. */
  readonly result: Json;
}

const REQUEST_TIME = 1;

/**
 * Checks what a transform can be checked for by itself.
 * @throws StatusError INVALID_ARGUMENT
 */
export function checkTransform<T extends TransformType>(transform: T | undefined): T {
  if (transform === undefined) {
    throw invalidArgument('Operation type must be specified for field transformation.');
  }
  switch (transform.$case) {
    case 'setToServerValue':
      if (transform.setToServerValue !== REQUEST_TIME) {
        throw invalidArgument('ServerValue type must be specified for set_to_server_value transformation.');
      }
      break;
    case 'increment':
      checkNumber(transform.increment);
      break;
    case 'maximum':
      checkNumber(transform.maximum);
      break;
    case 'minimum':
      checkNumber(transform.minimum);
      break;
    case 'appendMissingElements':
      validateValue(transform.appendMissingElements);
      break;
    case 'removeAllFromArray':
      validateValue(transform.removeAllFromArray);
      break;
  }
  return transform;
}

function checkNumber(operand: Json): void {
  validateValue(operand);
  if (toNumeric(operand) === undefined) throw invalidArgument('Input must be int64 or double.');
}

/**
 * Applies one field transform, which `checkTransform` has passed.
 * @param requestTime microseconds; the stored value has millisecond precision, as documented for REQUEST_TIME
 */
export function applyTransform(
  fields: Fields,
  fieldPath: FieldPath,
  transform: TransformType,
  requestTime: number,
): Transformed {
  const current = getField(fields, fieldPath);
  const set = (value: Json, result: Json = value): Transformed => ({
    fields: setField(fields, fieldPath, value),
    result,
  });
  switch (transform.$case) {
    case 'setToServerValue':
      return set(timestampOf(Math.floor(requestTime / 1000) * 1000));
    case 'increment':
      return set(increment(current, transform.increment));
    case 'maximum':
      return set(extreme(current, transform.maximum, 1));
    case 'minimum':
      return set(extreme(current, transform.minimum, -1));
    case 'appendMissingElements': {
      const elements = Array.isArray(current) ? [...current] : [];
      for (const element of transform.appendMissingElements) {
        if (!elements.some((other) => equalValues(other, element))) elements.push(element);
      }
      return set(elements, null);
    }
    case 'removeAllFromArray': {
      const removed = transform.removeAllFromArray;
      const elements = Array.isArray(current) ? current : [];
      return set(
        elements.filter((element) => !removed.some((other) => equalValues(other, element))),
        null,
      );
    }
  }
}

const MAX_INT64 = 2n ** 63n - 1n;
const MIN_INT64 = -(2n ** 63n);

function increment(current: Json | undefined, by: Json): Json {
  const base = current === undefined ? undefined : toNumeric(current);
  if (base === undefined) return by;
  if (!isInteger(current!) || !isInteger(by)) return double(toNumber(current!)! + toNumber(by)!);
  const sum = BigInt(base) + BigInt(toNumeric(by)!);
  return int64(sum > MAX_INT64 ? MAX_INT64 : sum < MIN_INT64 ? MIN_INT64 : sum);
}

/** The larger (sign 1) or smaller (sign -1) number; of equals, zeros among them, the stored one. NaN wins either way. */
function extreme(current: Json | undefined, operand: Json, sign: 1 | -1): Json {
  const base = current === undefined ? undefined : toNumeric(current);
  if (base === undefined) return operand;
  const other = toNumeric(operand)!;
  if (Number.isNaN(base)) return current!;
  if (Number.isNaN(other)) return operand;
  return compareNumeric(other, base) * sign > 0 ? operand : current!;
}
