import { invalidArgument } from '@telestack/errors';
import { parseJsonText } from '@telestack/json';
import type {
  ListDocumentsRequest,
  ListDocumentsResponse,
} from '@telestack/protos/google/firestore/v1/firestore.ts';
import { StructuredQuery } from '@telestack/protos/google/firestore/v1/query.ts';
import { normalizeQuery, type Query } from '@telestack/query';
import {
  checkCollectionId,
  compareNames,
  type Document,
  documentName,
  getField,
  type Json,
  parseParent,
  referenceOf,
  toReference,
} from '@telestack/values';
import type { Calling } from '../access/access-control.ts';
import { requireUnruled } from '../access/caller.ts';
import { checkQuery, narrowed } from '../access/check-query.ts';
import type { Docstore } from '../context.ts';
import { missingDocumentIds } from '../read/collections.ts';
import { checkSelector, joinTransaction, resolveConsistency } from '../read/consistency.ts';
import { querySql } from '../read/query-sql.ts';
import { type DocumentRow, fromRow, toDocument } from '../read/row.ts';
import { currentReadTime } from '../read/run-query.ts';
import { masked, parseMask } from './mask.ts';
import { parseOrderBy } from './order-by.ts';
import { formatPageToken, type PageToken, parsePageToken } from './page-token.ts';

/** As many as Google's emulator gives when nothing is said. */
const DEFAULT_PAGE = 30;
const LARGEST_PAGE = 300;

/** Documents of a collection, page by page at the first page's read time; with `show_missing` also those that only have children. */
export async function listDocuments(
  docstore: Docstore,
  request: ListDocumentsRequest,
  calling: Calling,
): Promise<ListDocumentsResponse> {
  const { database } = parseParent(request.parent);
  const { consistencySelector } = request;
  if (request.showMissing && request.collectionId === '')
    throw invalidArgument('collection id must be set when show_missing is true');
  if (consistencySelector?.$case === 'transaction') checkSelector(consistencySelector);
  const joined = await joinTransaction(docstore, database, consistencySelector);
  if (request.pageSize < 0) throw invalidArgument('Page size must be nonnegative.');
  if (request.collectionId !== '') checkCollectionId(request.collectionId);
  if (request.showMissing && request.orderBy !== '')
    throw invalidArgument('cannot specify an order when show_missing is true');
  const size = request.pageSize === 0 ? DEFAULT_PAGE : Math.min(request.pageSize, LARGEST_PAGE);
  const mask = parseMask(request.mask);
  const asked = listQuery(request);
  const token = parsePageToken(request.pageToken);
  const caller = await docstore.access.caller(calling, database);
  const query = narrowed(caller, asked);
  // What has no data has no rules either.
  if (request.showMissing) requireUnruled(caller, request.collectionId);
  const consistency = joined ?? (await resolveConsistency(docstore, database, consistencySelector));
  const readTime = token?.readTime ?? consistency.readTime ?? (await currentReadTime(docstore.database));
  const after = token && positionOf(token, query.orders.length);

  await checkQuery(docstore, caller, query, readTime);
  const { text, values } = querySql(query, { readTime, after, limit: size + 1 });
  const { rows } = await docstore.database.query<DocumentRow>(text, values);
  const found = rows.map(fromRow).map((document) => ({ document, path: document.path }));
  const collection =
    query.parentPath === '' ? query.collectionId : `${query.parentPath}/${query.collectionId}`;
  const missing = request.showMissing
    ? await missingDocumentIds(docstore.database, {
        database: query.database,
        collectionPath: collection,
        after: after ? lastId(after) : '',
        limit: size + 1,
        readTime,
      })
    : [];
  const all = [...found, ...missing.map((id) => ({ document: undefined, path: `${collection}/${id}` }))];
  if (missing.length > 0) all.sort((a, b) => compareNames(a.path, b.path));
  const page = all.slice(0, size);
  const documents = page.map(
    ({ document, path }): Document =>
      document
        ? toDocument(query.database, masked(document, mask))
        : {
            name: documentName(query.database, path),
            fields: {},
            createTime: undefined,
            updateTime: undefined,
          },
  );
  if (all.length <= size) return { documents, nextPageToken: '' };
  const last = page.at(-1)!;
  const position = query.orders.map(({ field }): Json => {
    if (field[0] === '__name__') return referenceOf(documentName(query.database, last.path));
    return getField(last.document!.fields, field)!;
  });
  return { documents, nextPageToken: formatPageToken({ after: JSON.stringify(position), readTime }) };
}

/** Values of the query's orders behind which the page begins. @throws INVALID_ARGUMENT for the token of another query */
function positionOf({ after }: PageToken, orders: number): Json[] {
  const position = parsePosition(after);
  if (position?.length !== orders || toReference(position.at(-1)!) === undefined) {
    throw invalidArgument('invalid page token');
  }
  return position;
}

function parsePosition(text: string): Json[] | undefined {
  try {
    const position: unknown = parseJsonText(text);
    return Array.isArray(position) ? (position as Json[]) : undefined;
  } catch {
    return undefined;
  }
}

function lastId(position: readonly Json[]): string {
  const name = toReference(position.at(-1)!)!;
  return name.slice(name.lastIndexOf('/') + 1);
}

function listQuery(request: ListDocumentsRequest): Query {
  const orderBy = parseOrderBy(request.orderBy);
  const from = [{ collectionId: request.collectionId, allDescendants: false }];
  return normalizeQuery(request.parent, { ...StructuredQuery.create(), from, orderBy });
}
