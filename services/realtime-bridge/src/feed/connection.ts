import { Backoff } from '../backoff.ts';
import type { ChangeSource } from '../bridge.ts';
import type { Log } from '../events.ts';
import type { Timers } from '../timers.ts';
import type { ChangeFeed } from './change-feed.ts';

/** Milliseconds. */
const BACKOFF = { min: 100, max: 5_000 };

export interface FeedConnection {
  close(): Promise<void>;
}

/** Feeds the change stream to the feed for as long as the bridge runs. */
export function consume(source: ChangeSource, feed: ChangeFeed, timers: Timers, log: Log): FeedConnection {
  const closing = new AbortController();
  const done = follow(source, feed, timers, log, closing.signal);
  return {
    async close() {
      closing.abort();
      await done;
    },
  };
}

async function follow(
  source: ChangeSource,
  feed: ChangeFeed,
  timers: Timers,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  const backoff = new Backoff(timers, BACKOFF);
  while (!signal.aborted) {
    try {
      await followOnce(source, feed, signal, () => backoff.reset());
    } catch (error) {
      if (!signal.aborted) log('warn', 'the change stream is not to be had; trying again', { error });
    }
    await backoff.wait(signal).catch(() => {});
  }
}

/** Begins with the newest message that is there: it says at once how far the stream is. What was missed until then shows as a gap. */
async function followOnce(
  source: ChangeSource,
  feed: ChangeFeed,
  signal: AbortSignal,
  onStarted: () => void,
): Promise<void> {
  const last = await source.last();
  if (signal.aborted) return;
  const consumption = await source.consume({
    start: last ? { sequence: last.sequence } : 'new',
    onMessage: (bytes) => feed.onMessage(bytes),
    onReset: () => feed.onReset(),
  });
  onStarted();
  const stop = () => void consumption.close();
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    await consumption.done;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
