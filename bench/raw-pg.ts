import { rawGet, rawInsert } from './src/baseline.ts';
import { documentJson } from './src/documents.ts';
import { benchmark } from './src/harness.ts';
import { numberList } from './src/options.ts';

const BATCH = 500;

await benchmark<undefined>({
  name: 'raw-pg',
  help: 'the same bytes through the pg driver alone: what PostgreSQL and the disk allow (needs --database-url)',
  flags: { concurrency: { default: '1,16,64', help: 'commits in flight' } },
  baselineOnly: true,
  prepare: async () => undefined,
  cases: (options) => {
    if (!options.databaseUrl) throw new Error('--database-url is required');
    const none = () => Promise.reject(new Error('no target'));
    const json = documentJson(1);
    return [
      ...numberList(options.flags.concurrency ?? '').flatMap((concurrency) => [
        {
          name: `insert, ${concurrency} in flight`,
          run: none,
          baseline: rawInsertCase(concurrency, 1, json),
        },
        {
          name: `select by key, ${concurrency} in flight`,
          run: none,
          baseline: (pool: Parameters<typeof rawGet>[0], budget: Parameters<typeof rawGet>[1]) =>
            rawGet(pool, budget, concurrency),
        },
      ]),
      { name: `insert of ${BATCH} rows, 1 in flight`, run: none, baseline: rawInsertCase(1, BATCH, json) },
      { name: `insert of ${BATCH} rows, 4 in flight`, run: none, baseline: rawInsertCase(4, BATCH, json) },
    ];
  },
});

function rawInsertCase(concurrency: number, rows: number, json: string) {
  return (pool: Parameters<typeof rawInsert>[0], budget: Parameters<typeof rawInsert>[1]) =>
    rawInsert(pool, budget, { concurrency, rows, json });
}
