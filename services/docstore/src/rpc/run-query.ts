import { invalidArgument } from '@telestack/errors';
import type { RunQueryRequest, RunQueryResponse } from '@telestack/protos/google/firestore/v1/firestore.ts';
import { checkOperators, normalizeQuery, type Query } from '@telestack/query';
import type { Outlet } from '@telestack/rpc';
import { parseParent } from '@telestack/values';
import type { Calling } from '../access/access-control.ts';
import { requireUnruled } from '../access/caller.ts';
import { checkQuery, narrowed } from '../access/check-query.ts';
import type { Docstore } from '../context.ts';
import { aggregate } from '../read/aggregate.ts';
import { checkSelector, joinTransaction, openConsistency } from '../read/consistency.ts';
import { ENTRIES_PER_READ, explainQuery } from '../read/explain.ts';
import { findNearest, searched } from '../read/find-nearest.ts';
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
  calling: Calling,
  out: Outlet<RunQueryResponse>,
): Promise<void> {
  const { database } = parseParent(request.parent);
  const { queryType, consistencySelector } = request;
  checkOperators(queryType?.structuredQuery.where);
  checkSelector(consistencySelector);
  const joined = await joinTransaction(docstore, database, consistencySelector);
  if (queryType === undefined) throw invalidArgument('only structured queries are supported');
  const asked = normalizeQuery(request.parent, queryType.structuredQuery);
  const caller = await docstore.access.caller(calling, database);
  const query = narrowed(caller, asked);
  if (request.explainOptions && !request.explainOptions.analyze) {
    requireUnruled(caller, query.collectionId);
    out.send(response({ explainMetrics: explainQuery(query) }));
    return;
  }
  const started = performance.now();
  const opened = joined
    ? { ...joined, readWrite: undefined }
    : await openConsistency(docstore, database, consistencySelector);
  const begins = opened.readWrite?.token;
  let { transaction } = opened;
  const isReadWrite = begins !== undefined || transaction?.readOnly === false;
  const result: [string, number][] = [];
  let isRemembered = false;
  let count = 0;
  let skippedResults = 0;
  let readTime: number | undefined;
  // Held back until the next one is there: metrics belong to the last.
  let last: RunQueryResponse | undefined;
  const send = (part: Partial<RunQueryResponse>): boolean => {
    const room = last === undefined || out.send(last);
    last = response(part);
    return room;
  };
  const search = query.findNearest && (await findNearest(docstore.database, query, opened.readTime));
  const pages = search ? [search] : runQuery(docstore.database, query, opened.readTime);
  for await (const page of pages) {
    const isFirst = readTime === undefined;
    readTime = page.readTime;
    if (isReadWrite) for (const { path, updateTime } of page.documents) result.push([path, updateTime]);
    if (isFirst) {
      await checkQuery(docstore, caller, query, readTime);
      if (begins) {
        isRemembered = page.isLast && !query.findNearest;
        const ran = isRemembered ? { query, result } : undefined;
        transaction = await docstore.transactions.beginAt(query.database, begins, readTime, ran);
      }
      // Clients may use a transaction as soon as they know of it.
      if (opened.token) out.send(response({ transaction: opened.token }));
      skippedResults = await countSkipped(docstore, query, page);
      // In a message of its own, as production does; Google's emulator tells it with the first document.
      if (skippedResults > 0) send({ readTime, skippedResults });
    }
    let room = true;
    for (const document of page.documents)
      room = send({ document: toDocument(query.database, masked(document, query.select)), readTime });
    count += page.documents.length;
    if (!room) await out.drained();
  }
  docstore.indexes.observe(query, performance.now() - started);
  if (transaction && query.findNearest) await docstore.transactions.addSearch(transaction, searched(query));
  else if (transaction && !isRemembered) await docstore.transactions.addQuery(transaction, { query, result });
  const explainMetrics = request.explainOptions
    ? explainQuery(query, {
        results: count,
        documents: count + skippedResults,
        ...(search
          ? { entries: search.searched, entriesPerRead: ENTRIES_PER_READ.search }
          : { entries: count + skippedResults }),
        milliseconds: performance.now() - started,
      })
    : undefined;
  out.send({ ...(last ?? response({ readTime })), explainMetrics });
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
