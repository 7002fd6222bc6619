const BEYOND_SAFE = 2 ** 53;

export const hex32 = (n: number): string => n.toString(16).padStart(8, '0');

const bits = new DataView(new ArrayBuffer(8));

/** The key of a number without the distance from the nearest double. */
function nearestKey(n: number): string {
  if (Number.isNaN(n)) return '2a';
  // Adding zero turns -0 into 0.
  bits.setFloat64(0, n + 0);
  const high = bits.getUint32(0);
  const low = bits.getUint32(4);
  return n >= 0 ? `2p${hex32(high)}${hex32(low)}` : `2n${hex32(~high >>> 0)}${hex32(~low >>> 0)}`;
}

/** The sort key of a number: docs/spec/storage.md. */
export function numberKey(n: number | bigint): string {
  if (typeof n === 'number') {
    const key = nearestKey(n);
    return Math.abs(n) >= BEYOND_SAFE ? `${key}5000` : key;
  }
  const near = Number(n);
  const key = nearestKey(near);
  if (Math.abs(near) < BEYOND_SAFE) return key;
  return `${key}${5000 + Number(n - BigInt(near))}`;
}
