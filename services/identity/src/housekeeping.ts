import type { Database } from '@telestack/pg';
import type { IdentityContext } from './context.ts';

const INTERVAL_MS = 10 * 60_000;

/** Removes what has expired, once in a while. Replicas do it beside each other without harm. */
export class Housekeeping {
  readonly #timer: ReturnType<typeof setInterval>;
  #running: Promise<void> = Promise.resolve();

  constructor(db: Database, { changes, oob }: IdentityContext, log: IdentityContext['log']) {
    const clean = async () => {
      try {
        await changes.prune();
        await oob.prune();
        for (const table of ['sessions', 'ended_sessions'])
          await db.query(`DELETE FROM identity.${table} WHERE expires_at < $1`, [Date.now()]);
      } catch (error) {
        log('Expired rows could not be removed.', error);
      }
    };
    this.#timer = setInterval(() => {
      this.#running = this.#running.then(clean);
    }, INTERVAL_MS);
    this.#timer.unref();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }
}
