import { Database } from '@telestack/pg';
import { eventually } from './eventually.ts';

/** What keeps the process alive, counted by kind: timers, sockets, servers, child processes. */
export function activeResources(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

/**
 * Runs `fn` and fails when it leaves more timers, sockets, servers or child processes behind than there were. Not for tests that
 * run at the same time as others of their file.
 */
export async function expectNoLeaks<T>(fn: () => Promise<T>, timeoutMs = 3_000): Promise<T> {
  const before = activeResources();
  const result = await fn();
  await eventually(() => {
    const left = [...activeResources()].filter(
      // Requests are operations that finish by themselves; immediates are this turn's.
      ([kind, count]) => LASTING.test(kind) && count > (before.get(kind) ?? 0),
    );
    if (left.length > 0)
      throw new Error(`Left behind: ${left.map(([kind, n]) => `${kind} (${n})`).join(', ')}`);
  }, timeoutMs);
  return result;
}

const LASTING =
  /^(Timeout|TCPSocketWrap|PipeWrap|TCPServerWrap|PipeServerWrap|TLSWrap|ProcessWrap|FSEventWrap)$/;

/** Fails when sessions of this application are still connected to the database. */
export async function expectNoSessions(url: string, applicationName: string): Promise<void> {
  const db = new Database({ connectionString: url, applicationName: 'testkit-leaks', max: 1 });
  try {
    await eventually(async () => {
      const { rows } = await db.query<{ n: number }>(
        'SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1',
        [applicationName],
      );
      if (rows[0]?.n !== 0) throw new Error(`${rows[0]?.n} sessions of ${applicationName} are left`);
    }, 3_000);
  } finally {
    await db.close();
  }
}
