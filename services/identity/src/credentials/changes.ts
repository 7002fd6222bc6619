import { setTimeout as delay } from 'node:timers/promises';
import type { Database, Queryable } from '@telestack/pg';
import { type ChangesPage, type PrincipalChange, TOKEN_LIFETIME_MS } from '@telestack/tokens';
import type { Realm } from '../accounts/account.ts';
import { deletionOf, readmissionOf } from '../accounts/change-of.ts';

/** "identity" as a number: whoever records a change holds this lock until it commits. */
const LOCK = 0x6964656e74697479n;
/** How often a waiting reader looks for what other replicas have recorded; what this one recorded wakes it at once. */
const POLL_MS = 300;
const PAGE = 1_000;
const MAX_WAIT_MS = 20_000;
/** Tokens live for an hour; the rest is room for clocks and slow readers. */
const KEPT_MS = TOKEN_LIFETIME_MS + 10 * 60_000;
const MAX_WAITING = 10_000;

/** The record of what made tokens worthless, for those who verify them elsewhere. */
export class PrincipalChanges {
  readonly #db: Database;
  readonly #wakers = new Set<() => void>();

  constructor(db: Database) {
    this.#db = db;
  }

  /** In the transaction that makes the change; call `wake` when it has committed. */
  async record(tx: Queryable, change: PrincipalChange): Promise<void> {
    await tx.query(`SELECT pg_advisory_xact_lock(${LOCK})`);
    await tx.query('INSERT INTO identity.principal_changes (changed_at, change) VALUES ($1, $2)', [
      Date.now(),
      JSON.stringify(change),
    ]);
  }

  /** In the transaction that makes an account: its id may be one that was deleted lately, whose tokens are refused. */
  async readmit(tx: Queryable, realm: Realm, uid: string): Promise<void> {
    const gone = JSON.stringify(deletionOf(realm, uid));
    const { rows } = await tx.query(
      'SELECT FROM identity.principal_changes WHERE change = $1 AND changed_at > $2 LIMIT 1',
      [gone, Date.now() - KEPT_MS],
    );
    if (rows.length > 0) await this.record(tx, readmissionOf(realm, uid));
  }

  /** The same, for accounts that no transaction of ours made. */
  async readmitNow(realm: Realm, uid: string): Promise<void> {
    await this.#db.transaction((tx) => this.readmit(tx, realm, uid));
    this.wake();
  }

  /** For changes that no transaction of ours made. */
  async publish(change: PrincipalChange): Promise<void> {
    await this.#db.transaction((tx) => this.record(tx, change));
    this.wake();
  }

  wake(): void {
    for (const waker of this.#wakers) waker();
  }

  /** See `CredentialSource.changes`. */
  async read(after: string | undefined, waitMs: number, signal: AbortSignal): Promise<ChangesPage> {
    const end = Date.now() + Math.min(waitMs, MAX_WAIT_MS);
    for (;;) {
      const page = after === undefined ? await this.#recent() : await this.#since(Number(after));
      if (after === undefined || page.changes.length > 0 || Date.now() >= end || signal.aborted) return page;
      await this.#next(Math.min(POLL_MS, end - Date.now()), signal);
    }
  }

  /** Forgets changes that no token can contradict any more. */
  async prune(): Promise<void> {
    await this.#db.query('DELETE FROM identity.principal_changes WHERE changed_at < $1', [
      Date.now() - KEPT_MS,
    ]);
  }

  async #recent(): Promise<ChangesPage> {
    const { rows } = await this.#db.query<Row>(
      'SELECT id, change FROM identity.principal_changes WHERE changed_at > $1 ORDER BY id',
      [Date.now() - KEPT_MS],
    );
    if (rows.length > 0) return pageOf(rows, '0');
    const { rows: last } = await this.#db.query<{ id: number }>(
      'SELECT coalesce(max(id), 0) AS id FROM identity.principal_changes WHERE $1',
      [true],
    );
    return { changes: [], cursor: String(last[0]?.id ?? 0) };
  }

  async #since(after: number): Promise<ChangesPage> {
    const { rows } = await this.#db.query<Row>(
      'SELECT id, change FROM identity.principal_changes WHERE id > $1 ORDER BY id LIMIT $2',
      [Number.isSafeInteger(after) ? after : 0, PAGE],
    );
    return pageOf(rows, String(after));
  }

  async #next(ms: number, signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    const wake = () => woken.abort();
    if (this.#wakers.size < MAX_WAITING) this.#wakers.add(wake);
    await delay(ms, undefined, { signal: AbortSignal.any([woken.signal, signal]) }).catch(() => {});
    this.#wakers.delete(wake);
  }
}

interface Row {
  readonly id: number;
  readonly change: string;
}

function pageOf(rows: readonly Row[], cursor: string): ChangesPage {
  return {
    changes: rows.map(({ change }) => JSON.parse(change) as PrincipalChange),
    cursor: String(rows.at(-1)?.id ?? cursor),
  };
}
