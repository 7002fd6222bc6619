import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { type Budget, closedLoop } from './load.ts';
import type { Sample } from './sample.ts';

const SCHEMA = 'telestack_bench';

/** Makes the baseline's table and says under which durability it runs. */
export async function prepareBaseline(pool: Pool): Promise<string[]> {
  await pool.query(`create schema if not exists ${SCHEMA}`);
  await pool.query(`create table if not exists ${SCHEMA}.raw (id text primary key, data jsonb not null)`);
  await pool.query(`truncate ${SCHEMA}.raw`);
  const settings = await pool.query<{ name: string; setting: string }>(
    `select name, setting from pg_settings
     where name in ('fsync', 'synchronous_commit', 'full_page_writes', 'server_version') order by name`,
  );
  return [`raw pg: ${settings.rows.map((row) => `${row.name}=${row.setting}`).join(' ')}`];
}

export async function dropBaseline(pool: Pool): Promise<void> {
  await pool.query(`drop schema if exists ${SCHEMA} cascade`);
}

/** Inserts `rows` rows of the given JSON in one statement and one commit, `concurrency` commits at a time. */
export function rawInsert(
  pool: Pool,
  budget: Budget,
  shape: { concurrency: number; rows: number; json: string },
): Promise<Sample> {
  const text = `insert into ${SCHEMA}.raw (id, data) select unnest($1::text[]), unnest($2::jsonb[])`;
  const documents = Array.from({ length: shape.rows }, () => shape.json);
  return closedLoop({
    ...budget,
    concurrency: shape.concurrency,
    units: shape.rows,
    operation: () =>
      pool.query({ name: 'raw_insert', text, values: [documents.map(() => randomUUID()), documents] }),
  });
}

/** Reads one row by its key. */
export async function rawGet(pool: Pool, budget: Budget, concurrency: number): Promise<Sample> {
  const ids = await pool.query<{ id: string }>(`select id from ${SCHEMA}.raw limit 10000`);
  const pick = () => ids.rows[Math.floor(Math.random() * ids.rows.length)]?.id ?? '';
  return closedLoop({
    ...budget,
    concurrency,
    operation: () =>
      pool.query({ name: 'raw_get', text: `select data from ${SCHEMA}.raw where id = $1`, values: [pick()] }),
  });
}
