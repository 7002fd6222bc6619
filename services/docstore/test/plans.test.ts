import { Database, isConnectionError } from '@telestack/pg';
import { createDatabase } from '@telestack/testkit';
import { expect, test } from 'vitest';
import { Committer } from '../src/commit/committer.ts';
import type { Operation } from '../src/commit/operation.ts';
import { PLANNER_SETTINGS } from '../src/database.ts';
import { readDocuments } from '../src/read/lookup.ts';
import { key, MIGRATIONS } from './setup.ts';

const name = 'p/plans';

test('plans made while a table was empty, for now and for a time, do not read the whole of it once it has grown', async () => {
  await using empty = await createDatabase({ migrations: MIGRATIONS });
  // One connection, so that its plans and its statistics are those of every statement here.
  const database = new Database({
    connectionString: empty.url,
    applicationName: 'plans',
    max: 1,
    settings: PLANNER_SETTINGS,
  });
  const committer = new Committer(database, { isConnectionError, now: () => Date.now() * 1000 });
  const commit = (count: number, from: number) =>
    committer.commit({
      database: name,
      operations: Array.from({ length: count }, (_, i) => set(`c/${from + i}`)),
    });
  const rowsRead = async (counter: 'seq_tup_read' | 'idx_tup_fetch'): Promise<number> => {
    await database.query('SELECT pg_stat_force_next_flush()');
    const { rows } = await database.query<{ n: number }>(
      `SELECT ${counter} AS n FROM pg_stat_user_tables WHERE schemaname = 'telestack' AND relname = 'documents'`,
    );
    return Number(rows[0]!.n);
  };
  try {
    await database.query('ANALYZE telestack.documents');
    for (let i = 0; i < 10; i++) {
      await commit(1, i);
      const { readTime } = await readDocuments(database, [key(`c/${i}`, name)]);
      await readDocuments(database, [key(`c/${i}`, name)], readTime);
    }
    for (let i = 0; i < 4; i++) await commit(500, 1_000 + i * 500);
    let read = 0;
    const before = await rowsRead('seq_tup_read');
    for (let i = 0; i < 10; i++) {
      const { commitTime } = await commit(1, 10_000 + i);
      const fetched = await rowsRead('idx_tup_fetch');
      for (const time of [undefined, commitTime - 1]) {
        const { documents } = await readDocuments(database, [key(`c/${i}`, name)], time);
        expect(documents).toMatchObject([{ fields: { n: 1 } }]);
      }
      read += (await rowsRead('idx_tup_fetch')) - fetched;
    }
    expect((await rowsRead('seq_tup_read')) - before).toBeLessThan(100);
    expect(read).toBeLessThan(100);
  } finally {
    await committer.drain();
    await database.close();
  }
});

function set(path: string): Operation {
  return {
    kind: 'set',
    name: key(path, name),
    fields: { n: 1 },
    mask: [],
    transforms: [],
    expectation: undefined,
  };
}
