const PATTERN =
  /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?([+-])(\d\d)(?::?(\d\d))?(?::?(\d\d))?$/;

/** PostgreSQL's ISO text of a timestamptz in microseconds since the epoch; 'infinity' is Infinity. */
export function parseTimestamp(text: unknown): number {
  if (text === 'infinity') return Number.POSITIVE_INFINITY;
  const match = typeof text === 'string' ? PATTERN.exec(text) : null;
  if (!match) throw new RangeError(`Not a timestamp: ${String(text)}`);
  const [, year, month, day, hour, minute, second, fraction = '', sign, ...offset] = match;
  const seconds = Date.UTC(+year!, +month! - 1, +day!, +hour!, +minute!, +second!) / 1000;
  const [hours, minutes, secs] = offset.map((part) => Number(part ?? 0));
  const shift = (hours! * 60 + minutes!) * 60 + secs!;
  return (seconds - (sign === '-' ? -shift : shift)) * 1e6 + Number(fraction.padEnd(6, '0'));
}
