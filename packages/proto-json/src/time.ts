const TIMESTAMP = /^(\d{4}-\d\d-\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):(\d\d))$/i;
const DURATION = /^(-)?(\d{1,12})(?:\.(\d{1,9}))?s$/;
const MIN_SECONDS = -62135596800;
const MAX_SECONDS = 253402300799;

export interface SecondsNanos {
  readonly seconds: number;
  readonly nanos: number;
}

/** An RFC 3339 time; undefined for text that is none or is outside the years 1 to 9999. */
export function parseTimestamp(text: string): SecondsNanos | undefined {
  const parts = TIMESTAMP.exec(text);
  if (parts === null) return undefined;
  const [, date, hour, minute, second, fraction = '', sign, offsetHours = '0', offsetMinutes = '0'] = parts;
  const millis = Date.parse(`${date}T${hour}:${minute}:${second}Z`);
  // Date rolls February 30 over into March.
  if (Number.isNaN(millis) || !new Date(millis).toISOString().startsWith(date!)) return undefined;
  if (Number(offsetHours) > 23 || Number(offsetMinutes) > 59) return undefined;
  const offset = (Number(offsetHours) * 60 + Number(offsetMinutes)) * 60;
  const seconds = millis / 1000 - (sign === '-' ? -offset : offset);
  if (seconds < MIN_SECONDS || seconds > MAX_SECONDS) return undefined;
  return { seconds, nanos: Number(fraction.padEnd(9, '0')) };
}

/** UTC with 0, 3, 6 or 9 digits. */
export function formatTimestamp({ seconds, nanos }: SecondsNanos): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}${fractionOf(nanos)}Z`;
}

/** "-1.5s"; undefined for text that is none. */
export function parseDuration(text: string): SecondsNanos | undefined {
  const parts = DURATION.exec(text);
  if (parts === null) return undefined;
  const [, minus, seconds, fraction = ''] = parts;
  const sign = minus === undefined ? 1 : -1;
  // Adding zero makes a positive zero of a negative one.
  return { seconds: sign * Number(seconds) + 0, nanos: sign * Number(fraction.padEnd(9, '0')) + 0 };
}

export function formatDuration({ seconds, nanos }: SecondsNanos): string {
  const sign = seconds < 0 || nanos < 0 ? '-' : '';
  return `${sign}${Math.abs(seconds)}${fractionOf(Math.abs(nanos))}s`;
}

function fractionOf(nanos: number): string {
  if (nanos === 0) return '';
  const digits = String(nanos).padStart(9, '0');
  return `.${digits.replace(/^(\d{3}|\d{6})0+$/, '$1')}`;
}
