import { EvaluationError } from '../values/error.ts';
import { Timestamp, timestampError } from '../values/timestamp.ts';
import { builtin } from './signature.ts';

const RFC3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;

function parse(text: string) {
  const parts = RFC3339.exec(text);
  if (parts === null) return timestampError;
  const millis = Date.parse(`${parts[1]}${parts[3]}`);
  if (Number.isNaN(millis)) return timestampError;
  return Timestamp.ofNanos(BigInt(millis) * 1_000_000n + BigInt((parts[2] ?? '').padEnd(9, '0')));
}

function ofDate(year: bigint, month: bigint, day: bigint) {
  if (year < 1n || year > 9999n) {
    return new EvaluationError(
      `Timestamp should be between 0001-01-01T00.00.00Z and 9999-12-31T23.59.59Z. year: ${year}.`,
    );
  }
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  const isDate = BigInt(date.getUTCMonth() + 1) === month && BigInt(date.getUTCDate()) === day;
  if (!isDate) {
    return new EvaluationError(`Date is not valid. year: ${year}, month: ${month} day: ${day}.`);
  }
  return Timestamp.ofNanos(BigInt(date.getTime()) * 1_000_000n);
}

/** `timestamp.*`. */
export const timestampFunctions = {
  date: builtin<[bigint, bigint, bigint]>(['timestamp.date(int, int, int)'], ofDate),
  /** From milliseconds since the epoch, or from RFC 3339. */
  value: builtin<[bigint | string]>(['timestamp.value(int)', 'timestamp.value(string)'], (value) =>
    typeof value === 'string' ? parse(value) : Timestamp.ofNanos(value * 1_000_000n),
  ),
};
