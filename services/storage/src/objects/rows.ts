import type { Queryable } from '@telestack/pg';
import type { ContentFacts, ObjectMetadata, StorageObject } from './object.ts';

interface Row {
  bucket: string;
  path: string;
  generation: number;
  metageneration: number;
  size: number;
  content_type: string;
  content_encoding: string | null;
  content_disposition: string | null;
  content_language: string | null;
  cache_control: string | null;
  custom: string;
  md5: string | null;
  crc32c: string | null;
  download_tokens: string[];
  store_etag: string;
  time_created: string;
  updated: string;
}

export function objectOf(row: object): StorageObject {
  const r = row as Row;
  return {
    bucket: r.bucket,
    path: r.path,
    generation: Number(r.generation),
    metageneration: Number(r.metageneration),
    size: Number(r.size),
    contentType: r.content_type,
    contentEncoding: r.content_encoding ?? undefined,
    contentDisposition: r.content_disposition ?? undefined,
    contentLanguage: r.content_language ?? undefined,
    cacheControl: r.cache_control ?? undefined,
    custom: JSON.parse(r.custom) as Record<string, string>,
    md5: r.md5 ?? undefined,
    crc32c: r.crc32c ?? undefined,
    downloadTokens: r.download_tokens,
    storeEtag: r.store_etag,
    timeCreated: new Date(r.time_created),
    updated: new Date(r.updated),
  };
}

export async function findObject(
  db: Queryable,
  bucket: string,
  path: string,
): Promise<StorageObject | undefined> {
  const { rows } = await db.query('SELECT * FROM storage.objects WHERE bucket = $1 AND path = $2', [
    bucket,
    path,
  ]);
  return rows[0] && objectOf(rows[0]);
}

/**
 * Keeps everyone else from publishing or removing this object until the transaction ends, in every replica: what the object store
 * holds and what the row says change together.
 */
export async function lockObject(tx: Queryable, bucket: string, path: string): Promise<void> {
  await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended($1, 7346))`, [`${bucket}/${path}`]);
}

/** Writes the row of new bytes; `replaced` is the one before. */
export async function putObject(
  tx: Queryable,
  object: ObjectMetadata &
    ContentFacts & { bucket: string; path: string; downloadTokens: readonly string[]; storeEtag: string },
): Promise<StorageObject> {
  const { rows } = await tx.query(
    `INSERT INTO storage.objects AS o (bucket, path, generation, size, content_type, content_encoding,
       content_disposition, content_language, cache_control, custom, md5, crc32c, download_tokens, store_etag,
       time_created, updated)
     VALUES ($1, $2, (extract(epoch FROM clock_timestamp()) * 1e6)::bigint, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
       clock_timestamp(), clock_timestamp())
     ON CONFLICT (bucket, path) DO UPDATE SET
       generation = greatest(excluded.generation, o.generation + 1), metageneration = 1,
       size = excluded.size, content_type = excluded.content_type, content_encoding = excluded.content_encoding,
       content_disposition = excluded.content_disposition, content_language = excluded.content_language,
       cache_control = excluded.cache_control, custom = excluded.custom, md5 = excluded.md5, crc32c = excluded.crc32c,
       download_tokens = excluded.download_tokens, store_etag = excluded.store_etag,
       time_created = excluded.time_created, updated = excluded.updated
     RETURNING *`,
    [
      object.bucket,
      object.path,
      object.size,
      object.contentType,
      object.contentEncoding ?? null,
      object.contentDisposition ?? null,
      object.contentLanguage ?? null,
      object.cacheControl ?? null,
      JSON.stringify(object.custom),
      object.md5 ?? null,
      object.crc32c ?? null,
      object.downloadTokens,
      object.storeEtag,
    ],
  );
  return objectOf(rows[0]!);
}

/** Writes changed metadata of the same bytes. */
export async function putMetadata(
  tx: Queryable,
  { bucket, path }: StorageObject,
  metadata: ObjectMetadata,
  downloadTokens: readonly string[],
): Promise<StorageObject> {
  const { rows } = await tx.query(
    `UPDATE storage.objects SET metageneration = metageneration + 1, updated = clock_timestamp(),
       content_type = $3, content_encoding = $4, content_disposition = $5, content_language = $6, cache_control = $7,
       custom = $8, download_tokens = $9
     WHERE bucket = $1 AND path = $2 RETURNING *`,
    [
      bucket,
      path,
      metadata.contentType,
      metadata.contentEncoding ?? null,
      metadata.contentDisposition ?? null,
      metadata.contentLanguage ?? null,
      metadata.cacheControl ?? null,
      JSON.stringify(metadata.custom),
      downloadTokens,
    ],
  );
  return objectOf(rows[0]!);
}

export async function removeObjectRow(tx: Queryable, { bucket, path }: StorageObject): Promise<void> {
  await tx.query('DELETE FROM storage.objects WHERE bucket = $1 AND path = $2', [bucket, path]);
}
