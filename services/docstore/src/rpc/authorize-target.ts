import { invalidArgument } from '@telestack/errors';
import type {
  AuthorizeTargetRequest,
  TargetAccess,
} from '@telestack/protos/telestack/docstore/v1/docstore.ts';
import { normalizeQuery } from '@telestack/query';
import { parseDocumentName, parseParent } from '@telestack/values';
import type { Calling } from '../access/access-control.ts';
import { checkDocuments } from '../access/check-documents.ts';
import { checkQuery, narrowed } from '../access/check-query.ts';
import type { Docstore } from '../context.ts';
import { resolveConsistency } from '../read/consistency.ts';
import { readDocuments } from '../read/lookup.ts';
import { currentReadTime } from '../read/run-query.ts';

/**
 * Whether a listener may go on, and what that depends on from now on.
 * @throws StatusError PERMISSION_DENIED
 */
export async function authorizeTarget(
  docstore: Docstore,
  request: AuthorizeTargetRequest,
  calling: Calling,
): Promise<TargetAccess> {
  const { database } = parseParent(request.parent);
  const caller = await docstore.access.caller(calling, database, request.releasedTime);
  const selector =
    request.readTime === undefined ? undefined : { $case: 'readTime' as const, readTime: request.readTime };
  const { readTime: at } = await resolveConsistency(docstore, database, selector);
  const readTime = at ?? (await currentReadTime(docstore.database));
  switch (request.target?.$case) {
    case 'query': {
      const query = narrowed(caller, normalizeQuery(request.parent, request.target.query));
      return (await checkQuery(docstore, caller, query, readTime)).toProto();
    }
    case 'documents': {
      const keys = request.target.documents.names.map(parseDocumentName);
      const { documents } = await readDocuments(docstore.database, keys, readTime);
      return (await checkDocuments(docstore, caller, keys, documents, readTime)).toProto();
    }
    default:
      throw invalidArgument('No target specified.');
  }
}
