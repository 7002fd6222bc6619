import { truncate } from './conversions.ts';
import { builtin } from './signature.ts';

const MIN_INT = -(2n ** 63n);

/** Java's Math.round: half goes up. */
const round = (n: number): bigint => {
  const floor = Math.floor(n);
  return truncate(n - floor >= 0.5 ? floor + 1 : floor);
};

/** `math.*`. */
export const mathFunctions = {
  abs: builtin<[bigint | number]>(['math.abs(int)', 'math.abs(float)'], (n) => {
    if (typeof n === 'number') return Math.abs(n);
    return n < 0n && n !== MIN_INT ? -n : n;
  }),
  ceil: builtin<[number]>(['math.ceil(float)'], Math.ceil),
  floor: builtin<[number]>(['math.floor(float)'], Math.floor),
  isInfinite: builtin<[number]>(['math.isInfinite(float)'], (n) => Math.abs(n) === Number.POSITIVE_INFINITY),
  isNaN: builtin<[number]>(['math.isNaN(float)'], (n) => Number.isNaN(n)),
  pow: builtin<[number, number]>(['math.pow(float, float)'], (base, exponent) => base ** exponent),
  round: builtin<[number]>(['math.round(float)'], round),
  sqrt: builtin<[number]>(['math.sqrt(float)'], Math.sqrt),
};
