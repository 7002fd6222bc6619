import { Duration } from './duration.ts';
import { Timestamp } from './timestamp.ts';
import type { Value } from './value.ts';

/** Negative, zero, positive, or NaN where a NaN takes part; undefined when the types have no order. */
export function compare(a: Value, b: Value): number | undefined {
  if (typeof a === 'string') return typeof b === 'string' ? sign(a, b) : undefined;
  if (typeof a === 'bigint' && typeof b === 'bigint') return sign(a, b);
  if (typeof a === 'bigint' || typeof a === 'number') {
    if (typeof b !== 'bigint' && typeof b !== 'number') return undefined;
    const [x, y] = [Number(a), Number(b)];
    return Number.isNaN(x) || Number.isNaN(y) ? Number.NaN : sign(x, y);
  }
  if (a instanceof Timestamp) return b instanceof Timestamp ? sign(a.nanos, b.nanos) : undefined;
  if (a instanceof Duration) return b instanceof Duration ? sign(a.nanos, b.nanos) : undefined;
  if (a instanceof Uint8Array) return b instanceof Uint8Array ? Buffer.compare(a, b) : undefined;
  return undefined;
}

const sign = <T extends string | bigint | number>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);

export type Inequality = '<' | '<=' | '>' | '>=';

/** What an inequality says of two values in that order; false for NaN. */
export function holds(operator: Inequality, order: number): boolean {
  switch (operator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}
