import type { Database } from '@telestack/pg';
import type { Outbox } from '../events/outbox.ts';
import type { Bucket, Buckets } from '../objects/buckets.ts';
import type { ObjectStore } from '../s3/object-store.ts';
import type { ResumableUploads } from '../upload/resumable-uploads.ts';
import { findSession, staleSessions } from '../upload/session-rows.ts';
import { type Adoption, adopt } from './adopt.ts';

export interface ReconcilerOptions {
  readonly db: Database;
  readonly store: ObjectStore;
  readonly outbox: Outbox;
  readonly buckets: Buckets;
  readonly resumable: ResumableUploads;
  readonly stagingBucket: string;
  /** Milliseconds between runs, about. */
  readonly intervalMs: number;
  /** An upload that nothing has happened to for so long is cleared away, in milliseconds. */
  readonly uploadExpiryMs: number;
  readonly log: (message: string, error?: unknown) => void;
}

/** What a run has found: objects that it looked at, and what it did about those where row and store disagreed. */
export type ReconcileReport = Record<Exclude<Adoption, 'same'> | 'checked' | 'uploadsCleared', number>;

const RETRY_MS = 2_000;
const ROWS_PAGE = 1_000;
const SESSIONS_PAGE = 100;

/** Compares all rows with the object store, and clears away uploads that nobody goes on with. */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  #running: Promise<ReconcileReport> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  /** Runs now and from then on at intervals; after a failure sooner. */
  start(): void {
    const { intervalMs, log } = this.#options;
    const schedule = (ms: number) => {
      if (this.#isClosed) return;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(run, ms * (0.5 + Math.random()));
    };
    let failures = 0;
    const run = () => {
      this.run().then(
        () => {
          failures = 0;
          schedule(intervalMs);
        },
        (error: unknown) => {
          if (failures === 0) log('Files could not be reconciled; trying again.', error);
          failures++;
          schedule(Math.min(intervalMs, RETRY_MS * 2 ** Math.min(failures, 8)));
        },
      );
    };
    run();
  }

  /** A run that begins now, or the one under way. */
  run(): Promise<ReconcileReport> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#running?.catch(() => {});
  }

  async #run(): Promise<ReconcileReport> {
    const report = { checked: 0, adopted: 0, replaced: 0, removed: 0, ignored: 0, uploadsCleared: 0 };
    for (const bucket of await this.#options.buckets.list()) await this.#reconcileBucket(bucket, report);
    await this.#clearUploads(report);
    const { checked, ...found } = report;
    if (Object.values(found).some((count) => count > 0)) {
      this.#options.log(`Reconciled ${checked} files: ${JSON.stringify(found)}.`);
    }
    return report;
  }

  /** Walks store and rows side by side, both in byte order. */
  async #reconcileBucket(bucket: Bucket, report: ReconcileReport): Promise<void> {
    const { store } = this.#options;
    let after = '';
    for (let isLast = false; !isLast && !this.#isClosed; ) {
      const stored = await store.list(bucket.storeName, after);
      isLast = stored.length === 0;
      const until = isLast ? undefined : stored.at(-1)!.key;
      const tags = new Map(stored.map(({ key, etag }) => [key, etag]));
      const rows = await this.#rowsBetween(bucket.name, after, until);
      const differing = new Set<string>();
      for (const [path, tag] of rows) if (tags.get(path) !== tag) differing.add(path);
      for (const path of tags.keys()) if (!rows.has(path)) differing.add(path);
      report.checked += tags.size;
      for (const path of differing) {
        const { adoption } = await adopt(this.#options, bucket, path);
        if (adoption !== 'same') report[adoption]++;
      }
      after = until ?? after;
    }
    // A store that was exchanged, or a bucket from before there were any.
    await store.requestNotifications(bucket.storeName);
  }

  async #rowsBetween(bucket: string, after: string, until: string | undefined): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    for (let from = after; ; ) {
      const { rows } = await this.#options.db.query<{ path: string; store_etag: string }>(
        `SELECT path, store_etag FROM storage.objects
          WHERE bucket = $1 AND path > $2 AND ($3::text IS NULL OR path <= $3) ORDER BY path LIMIT $4`,
        [bucket, from, until ?? null, ROWS_PAGE],
      );
      for (const row of rows) found.set(row.path, row.store_etag);
      if (rows.length < ROWS_PAGE) return found;
      from = rows.at(-1)!.path;
    }
  }

  async #clearUploads(report: ReconcileReport): Promise<void> {
    const { db, store, resumable, stagingBucket, uploadExpiryMs, buckets } = this.#options;
    const before = new Date(Date.now() - uploadExpiryMs);
    for (;;) {
      const sessions = await staleSessions(db, before, SESSIONS_PAGE);
      for (const session of sessions) await resumable.forget(session);
      report.uploadsCleared += sessions.length;
      if (sessions.length < SESSIONS_PAGE) break;
    }
    for (const bucket of await buckets.list()) {
      for (const { key, uploadId } of await store.unfinishedUploads(bucket.storeName, before)) {
        await store.abortMultipart({ bucket: bucket.storeName, key }, uploadId);
        report.uploadsCleared++;
      }
    }
    await this.#clearTails(stagingBucket, before);
  }

  /** Tails that no session names: of requests that were overtaken, or whose process died. */
  async #clearTails(stagingBucket: string, before: Date): Promise<void> {
    const { db, store } = this.#options;
    for (let after = ''; ; ) {
      const tails = await store.list(stagingBucket, after).catch(() => []);
      for (const { key, lastModified } of tails) {
        if (lastModified >= before) continue;
        const session = await findSession(db, key.split('/')[0]!);
        if (session?.tailKey !== key) await store.remove({ bucket: stagingBucket, key });
      }
      const last = tails.at(-1);
      if (!last) return;
      after = last.key;
    }
  }
}
