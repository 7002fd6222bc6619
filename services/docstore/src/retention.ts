import type { Queryable } from './database.ts';

const BATCH = 5_000;

/** Removes superseded versions that no read may ask for any more; every `interval` milliseconds until closed. */
export function startRetention(
  database: Queryable,
  options: { retentionSeconds: number; interval: number; onError(error: unknown): void },
): { close(): Promise<void> } {
  let running: Promise<void> | undefined;
  const remove = async (): Promise<void> => {
    for (;;) {
      const { rows } = await database.query<{ removed: number }>(
        'SELECT telestack.remove_expired(make_interval(secs => $1), $2) AS removed',
        [options.retentionSeconds, BATCH],
      );
      if (Number(rows[0]!.removed) < BATCH) return;
    }
  };
  const timer = setInterval(() => {
    running ??= remove()
      .catch(options.onError)
      .finally(() => {
        running = undefined;
      });
  }, options.interval);
  return {
    async close() {
      clearInterval(timer);
      await running;
    },
  };
}
