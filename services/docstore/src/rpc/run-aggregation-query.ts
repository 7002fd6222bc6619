import { invalidArgument } from '@telestack/errors';
import type {
  RunAggregationQueryRequest,
  RunAggregationQueryResponse,
} from '@telestack/protos/google/firestore/v1/firestore.ts';
import { checkOperators, normalizeAggregationQuery, type Query } from '@telestack/query';
import type { Outlet } from '@telestack/rpc';
import { parseParent } from '@telestack/values';
import type { Calling } from '../access/access-control.ts';
import { requireUnruled } from '../access/caller.ts';
import { checkQuery, narrowed } from '../access/check-query.ts';
import type { Docstore } from '../context.ts';
import { aggregate, aggregateFingerprintSql } from '../read/aggregate.ts';
import { checkSelector, joinTransaction, resolveConsistency } from '../read/consistency.ts';
import { ENTRIES_PER_READ, explainQuery } from '../read/explain.ts';
import { foundBy, searched } from '../read/find-nearest.ts';

const NOTHING: RunAggregationQueryResponse = {
  result: undefined,
  transaction: new Uint8Array(),
  readTime: undefined,
  explainMetrics: undefined,
};

export async function runAggregationQuery(
  docstore: Docstore,
  request: RunAggregationQueryRequest,
  calling: Calling,
  out: Outlet<RunAggregationQueryResponse>,
): Promise<void> {
  const { database } = parseParent(request.parent);
  const { queryType, consistencySelector } = request;
  checkOperators(queryType?.structuredAggregationQuery.queryType?.structuredQuery.where);
  checkSelector(consistencySelector);
  const joined = await joinTransaction(docstore, database, consistencySelector);
  if (queryType === undefined) throw invalidArgument('Only structured aggregation queries are supported.');
  const { query: asked, aggregations } = normalizeAggregationQuery(
    request.parent,
    queryType.structuredAggregationQuery,
  );
  const caller = await docstore.access.caller(calling, database);
  const query = narrowed(caller, asked);
  const plan = request.explainOptions && !request.explainOptions.analyze;
  if (plan) {
    requireUnruled(caller, query.collectionId);
    out.send({ ...NOTHING, explainMetrics: explainQuery(query) });
    return;
  }
  const started = performance.now();
  const {
    readTime: at,
    transaction,
    token,
  } = joined ?? (await resolveConsistency(docstore, database, consistencySelector));
  if (token) out.send({ ...NOTHING, transaction: token });
  const found = query.findNearest ? await foundBy(docstore.database, query, at) : { query, readTime: at };
  const { fields, readTime } = await aggregate(docstore.database, found.query, aggregations, found.readTime);
  await checkQuery(docstore, caller, query, readTime);
  docstore.indexes.observe(query, performance.now() - started);
  if (transaction && query.findNearest) {
    await docstore.transactions.addSearch(transaction, searched(query));
  } else if (transaction && !transaction.readOnly) {
    const { rows } = await docstore.database.query<{ fingerprint: string }>(
      aggregateFingerprintSql(query, aggregations, transaction.readTime),
    );
    const text = aggregateFingerprintSql(query, aggregations);
    await docstore.transactions.addFingerprint(transaction, text, rows[0]!.fingerprint);
  }
  const milliseconds = performance.now() - started;
  const explainMetrics = request.explainOptions
    ? explainQuery(query, {
        results: 1,
        documents: 0,
        entries: await countEntries(docstore, found.query, readTime),
        entriesPerRead: ENTRIES_PER_READ.aggregation,
        milliseconds,
      })
    : undefined;
  out.send({ ...NOTHING, result: { aggregateFields: fields }, readTime, explainMetrics });
}

/** How many index entries an aggregation has gone over. */
async function countEntries({ database }: Docstore, query: Query, readTime: number): Promise<number> {
  const { fields } = await aggregate(database, query, [{ alias: 'n', kind: 'count' }], readTime);
  return Number(fields.n);
}
