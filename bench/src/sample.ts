/** What one case gave on one target in one round. Latencies are in milliseconds. */
export interface Sample {
  operations: number;
  seconds: number;
  perSecond: number;
  p50: number;
  p95: number;
  p99: number;
  max: number;
  errors: number;
  firstError?: string;
  /** CPU that the client process used, as a share of one core: near 1 the client is the limit. */
  clientCpu: number;
  /** Further figures of the program, shown as columns of their own. */
  extra?: Record<string, number>;
}

export interface Recorder {
  latencies: number[];
  errors: number;
  firstError?: string;
}

/** The value below which the share `q` of the sorted samples lies; 0 when there are none. */
export function percentile(sorted: readonly number[], q: number): number {
  if (sorted.length === 0) return 0;
  return sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)] ?? 0;
}

/** The middle value, or the mean of the two in the middle; 0 when there are none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[half] ?? 0;
  return ((sorted[half - 1] ?? 0) + (sorted[half] ?? 0)) / 2;
}

/** Summarizes latencies (ms) taken within `seconds`; `units` is how many documents one operation counts for. */
export function summarize(recorder: Recorder, seconds: number, clientCpu: number, units = 1): Sample {
  const sorted = recorder.latencies.toSorted((a, b) => a - b);
  return {
    operations: sorted.length * units,
    seconds,
    perSecond: seconds > 0 ? (sorted.length * units) / seconds : 0,
    p50: percentile(sorted, 0.5),
    p95: percentile(sorted, 0.95),
    p99: percentile(sorted, 0.99),
    max: sorted.at(-1) ?? 0,
    errors: recorder.errors,
    firstError: recorder.firstError,
    clientCpu,
  };
}
