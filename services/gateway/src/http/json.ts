/** A member of a JSON value; undefined where it is no object or lacks it. */
export function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** Microseconds as JSON has times (protobuf's mapping of Timestamp). */
export const timeOf = (micros: number | undefined): string | undefined =>
  micros === undefined ? undefined : new Date(micros / 1000).toISOString();
