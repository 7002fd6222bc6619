import type { Database } from '@telestack/pg';
import { objectEvent } from '../events/object-event.ts';
import type { Outbox } from '../events/outbox.ts';
import type { Bucket } from '../objects/buckets.ts';
import { objectPath } from '../objects/names.ts';
import type { StorageObject } from '../objects/object.ts';
import { findObject, lockObject, putObject, removeObjectRow } from '../objects/rows.ts';
import { metadataOfStored } from '../objects/store-headers.ts';
import type { ObjectStore, StoredObject } from '../s3/object-store.ts';

/** What was done about one object. */
export type Adoption = 'same' | 'adopted' | 'replaced' | 'removed' | 'ignored';

/**
 * Makes the row of one object agree with the object store, which has changed without the service: somebody wrote to it directly, or a
 * process died between the two. Whoever is publishing the object is waited for.
 */
export async function adopt(
  { db, store, outbox }: { db: Database; store: ObjectStore; outbox: Outbox },
  bucket: Bucket,
  path: string,
  traceparent?: string,
): Promise<{ adoption: Adoption; object?: StorageObject }> {
  if (!isServable(path)) return { adoption: 'ignored' };
  const result = await db.transaction(async (tx): Promise<{ adoption: Adoption; object?: StorageObject }> => {
    await lockObject(tx, bucket.name, path);
    const row = await findObject(tx, bucket.name, path);
    const stored = await store.stat({ bucket: bucket.storeName, key: path });
    if (row?.storeEtag === stored?.etag) return { adoption: 'same', object: row };
    if (row) await outbox.add(tx, objectEvent('deleted', row), traceparent);
    if (row && !stored) await removeObjectRow(tx, row);
    if (!stored) return { adoption: 'removed' };
    const object = await putObject(tx, {
      bucket: bucket.name,
      path,
      ...metadataOfStored(stored.headers),
      size: stored.size,
      md5: md5Of(stored),
      downloadTokens: [],
      storeEtag: stored.etag,
    });
    await outbox.add(tx, objectEvent('finalized', object), traceparent);
    return { adoption: row ? 'replaced' : 'adopted', object };
  });
  if (result.adoption !== 'same') outbox.kick();
  return result;
}

/** The tag of an object that was stored in one piece, without encryption by the store, is its MD5. */
function md5Of({ etag }: StoredObject): string | undefined {
  return /^[0-9a-f]{32}$/.test(etag) ? Buffer.from(etag, 'hex').toString('base64') : undefined;
}

/** False for keys that no client could ask for. */
function isServable(path: string): boolean {
  try {
    return objectPath(path) === path;
  } catch {
    return false;
  }
}
