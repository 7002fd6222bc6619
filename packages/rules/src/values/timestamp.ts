import { EvaluationError } from './error.ts';

const SECOND = 1_000_000_000n;
const MIN_SECONDS = -62_135_596_800n;
const MAX_SECONDS = 253_402_300_799n;

export const timestampError = new EvaluationError(
  'Timestamp is not valid. Seconds must be in range [-62,135,596,800, +253,402,300,799]. Nanos must be in range [0, +999,999,999].',
);

/** An instant between the years 1 and 9999, in UTC. */
export class Timestamp {
  /** Since the epoch. */
  readonly nanos: bigint;

  private constructor(nanos: bigint) {
    this.nanos = nanos;
  }

  static ofNanos(nanos: bigint): Timestamp | EvaluationError {
    const isValid = nanos >= MIN_SECONDS * SECOND && nanos < (MAX_SECONDS + 1n) * SECOND;
    return isValid ? new Timestamp(nanos) : timestampError;
  }

  /** From a stored or measured time, which is in range. */
  static ofMicros(micros: number): Timestamp {
    return new Timestamp(BigInt(micros) * 1000n);
  }

  /** Of the second: 0 to 999,999,999. */
  get nanosOfSecond(): bigint {
    return ((this.nanos % SECOND) + SECOND) % SECOND;
  }

  get millis(): bigint {
    const rest = ((this.nanos % 1_000_000n) + 1_000_000n) % 1_000_000n;
    return (this.nanos - rest) / 1_000_000n;
  }

  get date(): Date {
    return new Date(Number(this.millis));
  }

  /** Since midnight. */
  get nanosOfDay(): bigint {
    const day = 86_400n * SECOND;
    return ((this.nanos % day) + day) % day;
  }
}
