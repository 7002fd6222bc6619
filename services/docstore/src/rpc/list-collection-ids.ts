import { invalidArgument } from '@telestack/errors';
import type {
  ListCollectionIdsRequest,
  ListCollectionIdsResponse,
} from '@telestack/protos/google/firestore/v1/firestore.ts';
import { parseParent } from '@telestack/values';
import type { Calling } from '../access/access-control.ts';
import { readableCollections } from '../access/caller.ts';
import type { Docstore } from '../context.ts';
import { collectionIds } from '../read/collections.ts';
import { resolveConsistency } from '../read/consistency.ts';
import { currentReadTime } from '../read/run-query.ts';
import { formatPageToken, parsePageToken } from './page-token.ts';

const LARGEST_PAGE = 1_000;

export async function listCollectionIds(
  docstore: Docstore,
  request: ListCollectionIdsRequest,
  calling: Calling,
): Promise<ListCollectionIdsResponse> {
  const { database, path } = parseParent(request.parent);
  if (request.pageSize < 0) throw invalidArgument('page_size must be greater than or equal to zero.');
  const size = request.pageSize === 0 ? LARGEST_PAGE : Math.min(request.pageSize, LARGEST_PAGE);
  const only = readableCollections(await docstore.access.caller(calling, database));
  const consistency = await resolveConsistency(docstore, database, request.consistencySelector);
  const token = parsePageToken(request.pageToken);
  const { readTime } = token ?? consistency;
  const at = readTime ?? (await currentReadTime(docstore.database));
  const ids = await collectionIds(docstore.database, {
    database,
    parentPath: path,
    after: token?.after ?? '',
    limit: size + 1,
    readTime,
    only,
  });
  const page = ids.slice(0, size);
  const nextPageToken = ids.length > size ? formatPageToken({ after: page.at(-1)!, readTime: at }) : '';
  return { collectionIds: page, nextPageToken };
}
