import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

export interface ListenOptions {
  readonly connectionString: string;
  readonly channel: string;
  readonly applicationName: string;
  onNotify(payload: string): void;
  /** Called when notifications may have been missed: at each (re)connection. */
  onGap(): void;
}

export interface Listening {
  /** False while there is no connection: what has happened since is unknown. */
  readonly isConnected: boolean;
  close(): Promise<void>;
}

const MIN_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 5_000;

/** Hears NOTIFY on a channel for as long as it is open, over a connection of its own that is made again when it breaks. */
export function listen(options: ListenOptions): Listening {
  const closing = new AbortController();
  let isConnected = false;
  const running = run();
  return {
    get isConnected() {
      return isConnected;
    },
    async close() {
      closing.abort();
      await running;
    },
  };

  async function run(): Promise<void> {
    for (
      let backoff = MIN_BACKOFF_MS;
      !closing.signal.aborted;
      backoff = Math.min(backoff * 2, MAX_BACKOFF_MS)
    ) {
      const client = new pg.Client({
        connectionString: options.connectionString,
        application_name: options.applicationName,
        connectionTimeoutMillis: 5_000,
        keepAlive: true,
      });
      const ended = new Promise<void>((resolve) => {
        client.once('end', () => resolve());
        client.on('error', () => resolve());
        closing.signal.addEventListener('abort', () => resolve(), { once: true });
      });
      try {
        await client.connect();
        client.on('notification', ({ payload = '' }) => options.onNotify(payload));
        await client.query(`LISTEN ${pg.escapeIdentifier(options.channel)}`);
        options.onGap();
        isConnected = true;
        backoff = MIN_BACKOFF_MS;
        await ended;
      } catch {
        // Not reachable now; it is tried again below.
      }
      isConnected = false;
      await client.end().catch(() => {});
      await delay(backoff * (0.5 + Math.random()), undefined, { signal: closing.signal }).catch(() => {});
    }
  }
}
