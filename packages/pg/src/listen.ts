import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

export interface ListenOptions {
  readonly connectionString: string;
  readonly channel: string;
  readonly applicationName: string;
  onNotify(payload: string): void;
  /** Called when notifications may have been missed: at each (re)connection. */
  onGap(): void;
  /** How often the connection is tried, and how long an answer may take; milliseconds, default 5,000 both. */
  readonly pingMs?: number;
}

export interface Listening {
  /** False while there is no connection: what has happened since is unknown. */
  readonly isConnected: boolean;
  close(): Promise<void>;
}

const MIN_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 5_000;
const PING_MS = 5_000;

/**
 * Hears NOTIFY on a channel for as long as it is open, over a connection of its own that is made again when it breaks. One that only listens does not
 * learn that its peer or a balancer in between has forgotten it: it is tried again and again.
 */
export function listen(options: ListenOptions): Listening {
  const { pingMs = PING_MS } = options;
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
        query_timeout: pingMs,
        keepAlive: true,
      });
      const ended = Promise.withResolvers<void>();
      const onEnd = () => ended.resolve();
      client.once('end', onEnd);
      client.on('error', onEnd);
      closing.signal.addEventListener('abort', onEnd);
      let ping: NodeJS.Timeout | undefined;
      try {
        await client.connect();
        client.on('notification', ({ payload = '' }) => options.onNotify(payload));
        await client.query(`LISTEN ${pg.escapeIdentifier(options.channel)}`);
        options.onGap();
        isConnected = true;
        backoff = MIN_BACKOFF_MS;
        ping = setInterval(() => {
          client.query('SELECT 1').catch(onEnd);
        }, pingMs);
        await ended.promise;
      } catch {
        // Not reachable now; it is tried again below.
      }
      clearInterval(ping);
      closing.signal.removeEventListener('abort', onEnd);
      isConnected = false;
      await client.end().catch(() => {});
      await delay(backoff * (0.5 + Math.random()), undefined, { signal: closing.signal }).catch(() => {});
    }
  }
}
