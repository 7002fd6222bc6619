import { invalidArgument } from '@telestack/errors';
import type {
  PartitionQueryRequest,
  PartitionQueryResponse,
} from '@telestack/protos/google/firestore/v1/firestore.ts';
import { normalizeQuery } from '@telestack/query';
import { compareNames, documentName, referenceOf } from '@telestack/values';
import type { Calling } from '../access/access-control.ts';
import { requireUnruled } from '../access/caller.ts';
import type { Docstore } from '../context.ts';
import { resolveConsistency } from '../read/consistency.ts';
import { nameKey } from '../read/name-sql.ts';
import { Parameters } from '../read/parameters.ts';
import { scopeSql } from '../read/query-sql.ts';
import { pathOf } from '../read/row.ts';

/** A partition of fewer documents is not worth a query of its own. */
const SMALLEST_PARTITION = 128;

/** Points that split a collection group's documents, ordered by name, into about equal parts. */
export async function partitionQuery(
  docstore: Docstore,
  request: PartitionQueryRequest,
  calling: Calling,
): Promise<PartitionQueryResponse> {
  if (request.queryType === undefined) throw invalidArgument('No query specified.');
  if (request.partitionCount <= 0n) throw invalidArgument('The partition count must be positive.');
  if (request.pageSize < 0) throw invalidArgument('The page size must not be negative.');
  const query = normalizeQuery(request.parent, request.queryType.structuredQuery);
  if (!query.allDescendants)
    throw invalidArgument('Partition queries are only supported for collection group queries.');
  if (
    query.filter ||
    query.limit !== undefined ||
    query.offset > 0 ||
    query.start ||
    query.end ||
    query.orders.length !== 1
  ) {
    throw invalidArgument(
      'Partition queries must be ordered by document name, without filters, cursors, limit or offset.',
    );
  }
  // Names are given away here whatever the rules make of their documents.
  requireUnruled(await docstore.access.caller(calling, query.database), query.collectionId);
  const { readTime } = await resolveConsistency(docstore, query.database, request.consistencySelector);
  const parameters = new Parameters();
  const { from, where } = scopeSql(query, parameters, { readTime });
  const parts = Number(request.partitionCount < 10_000n ? request.partitionCount : 10_000n) + 1;
  const { rows } = await docstore.database.query<{
    parent_path: string;
    collection_id: string;
    document_id: string;
  }>(
    `SELECT parent_path, collection_id, document_id FROM (
       SELECT d.parent_path, d.collection_id, d.document_id, row_number() OVER (ORDER BY ${nameKey(query).sql}) - 1 AS n,
         greatest(${SMALLEST_PARTITION}, ceil(count(*) OVER () / ${parameters.add(parts)}::float8))::bigint AS size
       FROM ${from} WHERE ${where}) AS numbered
     WHERE n > 0 AND n % size = 0 ORDER BY n`,
    parameters.values,
  );
  const all = rows.map((row) => documentName(query.database, pathOf(row)));
  const start =
    request.pageToken === '' ? 0 : all.findIndex((name) => compareNames(name, request.pageToken) > 0);
  const page = start < 0 ? [] : all.slice(start, request.pageSize > 0 ? start + request.pageSize : undefined);
  const isLast = start < 0 || start + page.length >= all.length;
  return {
    partitions: page.map((name) => ({ values: [referenceOf(name)], before: true })),
    nextPageToken: isLast ? '' : page.at(-1)!,
  };
}
