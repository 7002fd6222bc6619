/** Seconds of 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z: google/protobuf/timestamp.proto. */
export const MIN_SECONDS = -62135596800;
export const MAX_SECONDS = 253402300799;

/** Days from the epoch to a date of the Gregorian calendar (H. Hinnant, chrono-compatible low-level date algorithms). */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146097 + dayOfEra - 719468;
}

function dateText(days: number): string {
  const z = days + 719468;
  const era = Math.floor(z / 146097);
  const dayOfEra = z - era * 146097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36524) - Math.floor(dayOfEra / 146096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const mp = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * mp + 2) / 5) + 1;
  const month = mp < 10 ? mp + 3 : mp - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
}

const two = (n: number): string => (n < 10 ? `0${n}` : String(n));

/** A point in time as stored: UTC with six digits. `micros` is 0..999999. */
export function formatTime(seconds: number, micros: number): string {
  const days = Math.floor(seconds / 86400);
  const rest = seconds - days * 86400;
  const hour = Math.floor(rest / 3600);
  const minute = Math.floor((rest - hour * 3600) / 60);
  const clock = `${two(hour)}:${two(minute)}:${two(rest - hour * 3600 - minute * 60)}`;
  return `${dateText(days)}T${clock}.${String(micros).padStart(6, '0')}Z`;
}

export interface Instant {
  /** Since the epoch, rounded down. */
  readonly seconds: number;
  /** 0..999999 */
  readonly micros: number;
}

/** What is stored, and the shorter and longer fractions that SQL writers use. */
const TIME = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|[+-]00:?00)$/;

/** The instant of a stored time; undefined for text that is none. */
export function parseTime(text: string): Instant | undefined {
  const at = (i: number): number => text.charCodeAt(i) - 48;
  if (text.length === 27 && text.charCodeAt(26) === 90 && text.charCodeAt(19) === 46) {
    const year = at(0) * 1000 + at(1) * 100 + at(2) * 10 + at(3);
    const days = daysFromCivil(year, at(5) * 10 + at(6), at(8) * 10 + at(9));
    const clock = (at(11) * 10 + at(12)) * 3600 + (at(14) * 10 + at(15)) * 60 + at(17) * 10 + at(18);
    const micros = at(20) * 100000 + at(21) * 10000 + at(22) * 1000 + at(23) * 100 + at(24) * 10 + at(25);
    return within(days * 86400 + clock, micros);
  }
  const parts = TIME.exec(text);
  if (parts === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction = ''] = parts;
  const days = daysFromCivil(Number(year), Number(month), Number(day));
  const clock = Number(hour) * 3600 + Number(minute) * 60 + Number(second);
  return within(days * 86400 + clock, Number(fraction.padEnd(6, '0').slice(0, 6)));
}

function within(seconds: number, micros: number): Instant | undefined {
  const isValid = seconds >= MIN_SECONDS && seconds <= MAX_SECONDS && micros >= 0 && micros <= 999999;
  return isValid ? { seconds, micros } : undefined;
}
