import { EvaluationError } from './error.ts';

const SECOND = 1_000_000_000n;
const MAX_SECONDS = 315_576_000_000n;

export const durationError = new EvaluationError(
  'Duration is not valid. Seconds must be in range [-315,576,000,000, +315,576,000,000]. Nanos must be in range [-999,999,999, +999,999,999]. Nanos must have the same sign as seconds.',
);

/** A span of time, of up to 10,000 years in either direction. */
export class Duration {
  readonly nanos: bigint;

  private constructor(nanos: bigint) {
    this.nanos = nanos;
  }

  static ofNanos(nanos: bigint): Duration | EvaluationError {
    const limit = (MAX_SECONDS + 1n) * SECOND;
    return nanos > -limit && nanos < limit ? new Duration(nanos) : durationError;
  }
}
