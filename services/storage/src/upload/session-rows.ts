import { aborted } from '@telestack/errors';
import type { Queryable } from '@telestack/pg';
import type { Principal } from '@telestack/rpc';
import type { StoredPart } from '../s3/object-store.ts';
import type { UploadRequest } from './upload-request.ts';

export type UploadStatus = 'active' | 'final' | 'cancelled';

/** A resumable upload. */
export interface UploadSession {
  readonly id: string;
  readonly request: UploadRequest;
  /** Who began it; rules see this one when it ends. */
  readonly principal: Principal;
  readonly storeUploadId?: string;
  readonly parts: readonly StoredPart[];
  readonly received: number;
  readonly tailSize: number;
  readonly tailKey?: string;
  readonly checksums?: string;
  readonly status: UploadStatus;
}

interface Row {
  id: string;
  request: string;
  store_upload_id: string | null;
  parts: string;
  received: number;
  tail_size: number;
  tail_key: string | null;
  checksums: string | null;
  status: UploadStatus;
}

function sessionOf(row: Row): UploadSession {
  const { principal, ...request } = JSON.parse(row.request) as UploadRequest & { principal: Principal };
  return {
    id: row.id,
    request,
    principal,
    storeUploadId: row.store_upload_id ?? undefined,
    parts: JSON.parse(row.parts) as StoredPart[],
    received: Number(row.received),
    tailSize: row.tail_size,
    tailKey: row.tail_key ?? undefined,
    checksums: row.checksums ?? undefined,
    status: row.status,
  };
}

export async function insertSession(
  db: Queryable,
  id: string,
  request: UploadRequest,
  principal: Principal,
): Promise<void> {
  await db.query('INSERT INTO storage.uploads (id, bucket, path, request) VALUES ($1, $2, $3, $4)', [
    id,
    request.bucket,
    request.path,
    JSON.stringify({ ...request, principal }),
  ]);
}

export async function findSession(db: Queryable, id: string): Promise<UploadSession | undefined> {
  const { rows } = await db.query<Row>('SELECT * FROM storage.uploads WHERE id = $1', [id]);
  return rows[0] && sessionOf(rows[0]);
}

/**
 * Writes progress down, unless another request has since.
 * @throws StatusError ABORTED
 */
export async function saveProgress(
  db: Queryable,
  before: UploadSession,
  after: Pick<UploadSession, 'storeUploadId' | 'parts' | 'received' | 'tailSize' | 'tailKey' | 'checksums'>,
): Promise<UploadSession> {
  const { rowCount } = await db.query(
    `UPDATE storage.uploads SET store_upload_id = $3, parts = $4, received = $5, tail_size = $6, tail_key = $7, checksums = $8,
       update_time = now()
     WHERE id = $1 AND received = $2 AND status = 'active'`,
    [
      before.id,
      before.received,
      after.storeUploadId ?? null,
      JSON.stringify(after.parts),
      after.received,
      after.tailSize,
      after.tailKey ?? null,
      after.checksums ?? null,
    ],
  );
  if (rowCount === 0) throw overtaken();
  return { ...before, ...after };
}

/** A part's number that no other request of this upload has, even one that fails. */
export async function takePartNumber(db: Queryable, id: string): Promise<number> {
  const { rows } = await db.query<{ part: number }>(
    'UPDATE storage.uploads SET next_part = next_part + 1 WHERE id = $1 RETURNING next_part - 1 AS part',
    [id],
  );
  if (!rows[0]) throw overtaken();
  return rows[0].part;
}

/** @throws StatusError ABORTED when it is not active any more */
export async function endSession(db: Queryable, id: string, status: 'final' | 'cancelled'): Promise<void> {
  const { rowCount } = await db.query(
    `UPDATE storage.uploads SET status = $2, parts = '[]', checksums = NULL, tail_key = NULL, update_time = now()
     WHERE id = $1 AND status = 'active'`,
    [id, status],
  );
  if (rowCount === 0) throw overtaken();
}

/** Sessions that nothing has happened to since `before`. */
export async function staleSessions(db: Queryable, before: Date, limit: number): Promise<UploadSession[]> {
  const { rows } = await db.query<Row>(
    'SELECT * FROM storage.uploads WHERE update_time < $1 ORDER BY update_time LIMIT $2',
    [before.toISOString(), limit],
  );
  return rows.map(sessionOf);
}

export async function deleteSession(db: Queryable, id: string): Promise<void> {
  await db.query('DELETE FROM storage.uploads WHERE id = $1', [id]);
}

const overtaken = () => aborted('The upload was overtaken by another request.');
