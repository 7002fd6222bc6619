import { parseJsonText } from '@telestack/json';
import { type Fields, storedPath } from '@telestack/values';
import type { Queryable } from '../database.ts';
import type { DocumentState } from './apply.ts';
import type { OperationResult, Plan } from './plan.ts';
import type { CommitRequest, DocumentKey } from './request.ts';
import { keyText } from './request.ts';

/** The answer of `telestack.commit_batch`; positions count from 0. */
export interface BatchResult {
  /** Microseconds; undefined when nothing was written because a check failed. */
  readonly time: number | undefined;
  readonly failedChecks: readonly number[];
  readonly failedQueries: readonly number[];
  /** Transactions (among those of the group) that were committed before. */
  readonly repeated: readonly number[];
  /** Writes that changed nothing, with the update time that their document keeps. */
  readonly unchanged: ReadonlyMap<number, number>;
}

interface BatchRow {
  time_us: string | null;
  failed_checks: number[] | null;
  failed_queries: number[] | null;
  repeated: number[] | null;
  unchanged: number[] | null;
  unchanged_us: string[] | null;
}

const COMMIT_BATCH = `SELECT time_us, failed_checks, failed_queries, repeated, unchanged, unchanged_us FROM telestack.commit_batch(
  $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)`;

export interface BatchId {
  readonly committer: string;
  readonly batch: number;
}

export async function executePlan(
  database: Queryable,
  id: BatchId,
  requests: readonly CommitRequest[],
  plan: Plan,
): Promise<BatchResult> {
  const { checks, writes } = plan;
  const commits = plan.outcomes.reduce((n, outcome) => n + (outcome.kind === 'planned' ? 1 : 0), 0);
  const queries = requests.flatMap((request) => request.readSet?.queries ?? []);
  const { rows } = await database.query<BatchRow>(COMMIT_BATCH, [
    id.committer,
    id.batch,
    commits,
    ...keyColumns(checks.map(({ key }) => key)),
    checks.map(({ updateTime }) => toTimestamp(updateTime)),
    queries.map(({ text }) => text),
    queries.map(({ fingerprint }) => fingerprint),
    ...transactionColumns(requests, plan),
    writes.map(({ wave }) => wave),
    writes.map(({ commit }) => commit),
    ...keyColumns(writes.map(({ key }) => key)),
    writes.map(({ data }) => data ?? null),
    writes.map(({ isNew }) => isNew),
    metadataOf(requests, plan),
  ]);
  const row = rows[0]!;
  return {
    time: row.time_us === null ? undefined : Number(row.time_us),
    failedChecks: (row.failed_checks ?? []).map((i) => i - 1),
    failedQueries: (row.failed_queries ?? []).map((i) => i - 1),
    repeated: (row.repeated ?? []).map((i) => i - 1),
    unchanged: new Map((row.unchanged ?? []).map((i, n) => [i - 1, Number(row.unchanged_us![n])])),
  };
}

/** The transactions that end with a group: indices of their requests. */
export function endingTransactions(requests: readonly CommitRequest[], plan: Plan): number[] {
  return [...requests.keys()].filter((i) => requests[i]!.transaction && plan.outcomes[i]!.kind === 'planned');
}

function transactionColumns(requests: readonly CommitRequest[], plan: Plan): unknown[] {
  const ending = endingTransactions(requests, plan).map((i) => {
    const outcome = plan.outcomes[i]!;
    return {
      ...requests[i]!.transaction!,
      ...(outcome.kind === 'planned' ? outcome : { position: 0, results: [] }),
    };
  });
  return [
    ending.map(({ id }) => id),
    ending.map(({ position }) => position),
    ending.map(({ request }) => request),
    ending.map(({ results }) => transformResultsText(results)),
  ];
}

function transformResultsText(results: readonly OperationResult[]): string | null {
  if (results.every(({ transformResults }) => transformResults.length === 0)) return null;
  return JSON.stringify(results.map(({ transformResults }) => transformResults));
}

/**
 * What became of a group whose answer was lost; undefined when it was not committed. Waits for the sequencer, so that a commit which is still
 * under way is not overlooked.
 */
export async function findBatch(
  database: Queryable,
  id: BatchId,
  plan: Plan,
): Promise<BatchResult | undefined> {
  await database.query('SELECT telestack.begin_commit()');
  const { rows } = await database.query<{ time_us: string }>(
    `SELECT (extract(epoch FROM time) * 1000000)::bigint::text AS time_us FROM telestack.commits
       WHERE time > now() - interval '5 minutes' AND committer = $1 AND batch = $2`,
    [id.committer, id.batch],
  );
  if (rows.length === 0) return undefined;
  const commits = plan.outcomes.filter(({ kind }) => kind === 'planned').length;
  const time = Number(rows[0]!.time_us) - (commits - 1);
  const states = await readStates(
    database,
    plan.writes.map(({ key }) => key),
  );
  const unchanged = new Map<number, number>();
  plan.writes.forEach(({ key }, i) => {
    const updateTime = states.get(keyText(key))?.updateTime;
    if (updateTime !== undefined && updateTime < time) unchanged.set(i, updateTime);
  });
  return { time, failedChecks: [], failedQueries: [], repeated: [], unchanged };
}

/** The documents that operations have to look at, as they are now. Missing ones are in the map as undefined. */
export async function readStates(
  database: Queryable,
  keys: readonly DocumentKey[],
): Promise<Map<string, DocumentState | undefined>> {
  const states = new Map<string, DocumentState | undefined>();
  if (keys.length === 0) return states;
  const { rows } = await database.query<{ data: string | null; update_us: string | null }>(
    `SELECT d.data::text AS data, (extract(epoch FROM d.update_time) * 1000000)::bigint::text AS update_us
       FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
         WITH ORDINALITY AS k(database, parent_path, collection_id, document_id, i)
       LEFT JOIN telestack.documents AS d USING (database, parent_path, collection_id, document_id)
       ORDER BY k.i`,
    keyColumns(keys),
  );
  keys.forEach((key, i) => {
    const row = rows[i]!;
    const state =
      row.data === null
        ? undefined
        : { fields: parseJsonText(row.data) as Fields, updateTime: Number(row.update_us) };
    states.set(keyText(key), state);
  });
  return states;
}

export function keyColumns(keys: readonly DocumentKey[]): [string[], string[], string[], string[]] {
  return [
    keys.map((key) => key.database),
    keys.map((key) => storedPath(key.parentPath)),
    keys.map((key) => storedPath(key.collectionId)),
    keys.map((key) => storedPath(key.documentId)),
  ];
}

/** Microseconds as PostgreSQL reads them, without a detour through a floating-point epoch. */
export function toTimestamp(micros: number | undefined): string {
  if (micros === undefined) return '-infinity';
  const seconds = Math.floor(micros / 1e6);
  const fraction = String(micros - seconds * 1e6).padStart(6, '0');
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${fraction}Z`;
}

/** What the relay cannot see in the rows: trace contexts. (Which commit of the group deleted which document, PostgreSQL adds itself.) */
function metadataOf(requests: readonly CommitRequest[], plan: Plan): string | null {
  const traces: [number, string][] = [];
  requests.forEach(({ traceparent }, i) => {
    const outcome = plan.outcomes[i]!;
    if (traceparent !== undefined && outcome.kind === 'planned') traces.push([outcome.position, traceparent]);
  });
  return traces.length === 0 ? null : JSON.stringify({ traces });
}
