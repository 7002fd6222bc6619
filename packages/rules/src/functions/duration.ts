import { Duration } from '../values/duration.ts';
import { EvaluationError } from '../values/error.ts';
import { builtin } from './signature.ts';

const SECOND = 1_000_000_000n;
const UNITS: Readonly<Record<string, bigint>> = {
  w: 604_800n * SECOND,
  d: 86_400n * SECOND,
  h: 3_600n * SECOND,
  m: 60n * SECOND,
  s: SECOND,
  ms: 1_000_000n,
  ns: 1n,
};

/** `duration.*`. */
export const durationFunctions = {
  abs: builtin<[Duration]>(['duration.abs(duration)'], (duration) =>
    duration.nanos < 0n ? Duration.ofNanos(-duration.nanos) : duration,
  ),
  time: builtin<[bigint, bigint, bigint, bigint]>(
    ['duration.time(int, int, int, int)'],
    (hours, minutes, seconds, nanos) =>
      Duration.ofNanos((hours * 3_600n + minutes * 60n + seconds) * SECOND + nanos),
  ),
  value: builtin<[bigint, string]>(['duration.value(int, string)'], (magnitude, unit) => {
    const nanos = Object.hasOwn(UNITS, unit) ? UNITS[unit] : undefined;
    if (nanos !== undefined) return Duration.ofNanos(magnitude * nanos);
    return new EvaluationError(`Invalid regular expression pattern. Pattern: ${unit}.`);
  }),
};
