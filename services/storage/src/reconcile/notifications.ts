import type { ChangeStream, Consumption } from '@telestack/bus';
import type { Database } from '@telestack/pg';
import type { Outbox } from '../events/outbox.ts';
import type { Buckets } from '../objects/buckets.ts';
import { findObject } from '../objects/rows.ts';
import type { ObjectStore } from '../s3/object-store.ts';
import { adopt } from './adopt.ts';

export interface NotificationsOptions {
  readonly db: Database;
  readonly store: ObjectStore;
  readonly outbox: Outbox;
  readonly buckets: Buckets;
  readonly stream: ChangeStream;
  /** Some were missed. */
  readonly onGap: () => void;
  readonly log: (message: string, error?: unknown) => void;
}

/** As S3 writes them: docs.aws.amazon.com, "Event message structure". */
interface Notification {
  readonly Records?: readonly {
    readonly eventName?: string;
    readonly s3?: {
      readonly bucket?: { readonly name?: string };
      readonly object?: { readonly key?: string; readonly eTag?: string };
    };
  }[];
}

const SAVE_MS = 1_000;

/** Follows what the object store says that has changed in it, and adopts what did not go through the service. */
export class Notifications {
  readonly #options: NotificationsOptions;
  #consumption: Consumption | undefined;
  #sequence = 0;
  #saved = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: NotificationsOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { db, stream, onGap, log } = this.#options;
    const { name } = stream.settings;
    await stream.ensureStream();
    const { rows } = await db.query<{ sequence: number }>(
      'SELECT sequence FROM storage.notification_position WHERE stream = $1',
      [name],
    );
    this.#sequence = this.#saved = rows[0]?.sequence ?? 0;
    this.#consumption = await stream.consume({
      start: { sequence: this.#sequence + 1 },
      onMessage: async (bytes, { sequence }) => {
        await this.#handle(bytes);
        this.#sequence = sequence;
      },
      onReset: (reason) => {
        log(`Notifications of the object store were missed: ${reason}.`);
        onGap();
      },
    });
    this.#consumption.done.catch((error: unknown) => log('Notifications are not followed any more.', error));
    this.#timer = setInterval(() => void this.#save(), SAVE_MS);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#consumption?.close();
    await this.#save();
  }

  async #handle(bytes: Uint8Array): Promise<void> {
    const { log, onGap } = this.#options;
    try {
      const notification = JSON.parse(Buffer.from(bytes).toString('utf8')) as Notification;
      for (const { eventName, s3 } of notification.Records ?? []) {
        const key = decodeURIComponent((s3?.object?.key ?? '').replaceAll('+', ' '));
        await this.#follow(s3?.bucket?.name ?? '', key, eventName ?? '', s3?.object?.eTag);
      }
    } catch (error) {
      // One that cannot be followed now must not hold up the others: reconciliation looks at all of them.
      log('A notification of the object store could not be followed.', error);
      onGap();
    }
  }

  async #follow(storeName: string, path: string, eventName: string, etag: string | undefined): Promise<void> {
    const { db, buckets } = this.#options;
    const bucket = await buckets.byStoreName(storeName);
    if (!bucket || path === '') return;
    // Most are echoes of the service's own writes.
    const row = await findObject(db, bucket.name, path);
    const isRemoval = eventName.includes('ObjectRemoved');
    if (isRemoval ? row === undefined : row?.storeEtag === etag) return;
    await adopt(this.#options, bucket, path);
  }

  async #save(): Promise<void> {
    const { db, stream, log } = this.#options;
    const sequence = this.#sequence;
    if (sequence === this.#saved) return;
    try {
      await db.query(
        `INSERT INTO storage.notification_position (stream, sequence) VALUES ($1, $2)
         ON CONFLICT (stream) DO UPDATE SET sequence = excluded.sequence`,
        [stream.settings.name, sequence],
      );
      this.#saved = sequence;
    } catch (error) {
      log('The position in the notifications could not be saved.', error);
    }
  }
}
