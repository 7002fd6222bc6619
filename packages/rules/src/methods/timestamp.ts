import { method } from '../functions/signature.ts';
import { Duration } from '../values/duration.ts';
import { Timestamp } from '../values/timestamp.ts';

const DAY = 86_400_000;

const ofDate = (name: string, read: (date: Date) => number) =>
  method<[Timestamp]>([`timestamp.${name}()`], (timestamp) => BigInt(read(timestamp.date)));

const dayOfYear = (date: Date): number => {
  const start = new Date(date);
  start.setUTCMonth(0, 1);
  return Math.round((date.getTime() - start.getTime()) / DAY) + 1;
};

/** Methods of timestamps, in UTC. */
export const timestampMethods = {
  /** Midnight of the day. */
  date: method<[Timestamp]>(['timestamp.date()'], (timestamp) =>
    Timestamp.ofNanos(timestamp.nanos - timestamp.nanosOfDay),
  ),
  day: ofDate('day', (date) => date.getUTCDate()),
  /** Monday is 1, Sunday 7. */
  dayOfWeek: ofDate('dayOfWeek', (date) => ((date.getUTCDay() + 6) % 7) + 1),
  dayOfYear: ofDate('dayOfYear', dayOfYear),
  hours: ofDate('hours', (date) => date.getUTCHours()),
  minutes: ofDate('minutes', (date) => date.getUTCMinutes()),
  month: ofDate('month', (date) => date.getUTCMonth() + 1),
  nanos: method<[Timestamp]>(['timestamp.nanos()'], (timestamp) => timestamp.nanosOfSecond),
  seconds: ofDate('seconds', (date) => date.getUTCSeconds()),
  /** Since midnight. */
  time: method<[Timestamp]>(['timestamp.time()'], (timestamp) => Duration.ofNanos(timestamp.nanosOfDay)),
  toMillis: method<[Timestamp]>(['timestamp.toMillis()'], (timestamp) => timestamp.millis),
  year: ofDate('year', (date) => date.getUTCFullYear()),
};
