import { invalidArgument } from '@telestack/errors';
import type { RunQueryRequest, RunQueryResponse } from '@telestack/protos/google/firestore/v1/firestore.ts';
import { checkOperators, normalizeQuery, type Query } from '@telestack/query';
import type { Outlet } from '@telestack/rpc';
import { parseParent } from '@telestack/values';
import type { Docstore } from '../context.ts';
import { aggregate } from '../read/aggregate.ts';
import { checkSelector, joinTransaction, resolveConsistency } from '../read/consistency.ts';
import { explainQuery } from '../read/explain.ts';
import { findNearest } from '../read/find-nearest.ts';
import { toDocument } from '../read/row.ts';
import { type QueryPage, runQuery } from '../read/run-query.ts';
import { masked } from './mask.ts';

const EMPTY = new Uint8Array();

const response = (part: Partial<RunQueryResponse>): RunQueryResponse => ({
  transaction: EMPTY,
  document: undefined,
  readTime: undefined,
  skippedResults: 0,
  continuationSelector: undefined,
  explainMetrics: undefined,
  ...part,
});

export async function runQueryRpc(
  docstore: Docstore,
  request: RunQueryRequest,
  out: Outlet<RunQueryResponse>,
): Promise<void> {
  const { database } = parseParent(request.parent);
  const { queryType, consistencySelector } = request;
  checkOperators(queryType?.structuredQuery.where);
  checkSelector(consistencySelector);
  const joined = await joinTransaction(docstore, database, consistencySelector);
  if (queryType === undefined) throw invalidArgument('only structured queries are supported');
  const query = normalizeQuery(request.parent, queryType.structuredQuery);
  if (request.explainOptions && !request.explainOptions.analyze) {
    out.send(response({ explainMetrics: await explainQuery(docstore, query) }));
    return;
  }
  const started = performance.now();
  const consistency = joined ?? (await resolveConsistency(docstore, database, consistencySelector));
  if (consistency.token) out.send(response({ transaction: consistency.token }));
  const { transaction } = consistency;
  const result: [string, number][] = [];
  let count = 0;
  let skippedResults = 0;
  let readTime: number | undefined;
  const pages = query.findNearest
    ? findNearest(docstore.database, query, consistency.readTime)
    : runQuery(docstore.database, query, consistency.readTime);
  for await (const page of pages) {
    readTime = page.readTime;
    let room = true;
    if (count === 0) skippedResults = await countSkipped(docstore, query, page);
    // In a message of its own, as production does; Google's emulator tells it with the first document.
    if (count === 0 && skippedResults > 0) out.send(response({ readTime, skippedResults }));
    for (const document of page.documents) {
      if (transaction && !transaction.readOnly) result.push([document.path, document.updateTime]);
      room = out.send(
        response({ document: toDocument(query.database, masked(document, query.select)), readTime }),
      );
    }
    count += page.documents.length;
    if (!room) await out.drained();
  }
  docstore.indexes.observe(query, performance.now() - started);
  if (transaction) await docstore.transactions.addQuery(transaction, query, result);
  const explainMetrics = request.explainOptions
    ? await explainQuery(docstore, query, { count, milliseconds: performance.now() - started })
    : undefined;
  if (count + skippedResults === 0 || explainMetrics) out.send(response({ readTime, explainMetrics }));
}

/** How many documents the offset has skipped: fewer than it says when there are no more. */
async function countSkipped(docstore: Docstore, query: Query, first: QueryPage): Promise<number> {
  if (query.offset === 0 || query.limit === 0) return 0;
  if (first.documents.length > 0) return query.offset;
  const skipped = { ...query, offset: 0, limit: query.offset };
  const { fields } = await aggregate(
    docstore.database,
    skipped,
    [{ alias: 'n', kind: 'count' }],
    first.readTime,
  );
  return Number(fields.n);
}
