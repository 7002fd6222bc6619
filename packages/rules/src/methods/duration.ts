import { method } from '../functions/signature.ts';
import type { Duration } from '../values/duration.ts';

const SECOND = 1_000_000_000n;

/** Methods of durations. Both parts have the duration's sign. */
export const durationMethods = {
  nanos: method<[Duration]>(['duration.nanos()'], ({ nanos }) => nanos % SECOND),
  seconds: method<[Duration]>(['duration.seconds()'], ({ nanos }) => nanos / SECOND),
};
