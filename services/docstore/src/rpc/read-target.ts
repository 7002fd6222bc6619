import { invalidArgument } from '@telestack/errors';
import type {
  ReadTargetRequest,
  ReadTargetResponse,
} from '@telestack/protos/telestack/docstore/v1/docstore.ts';
import { normalizeQuery } from '@telestack/query';
import type { Outlet } from '@telestack/rpc';
import { parseDocumentName, parseParent } from '@telestack/values';
import type { Calling } from '../access/access-control.ts';
import { checkDocuments } from '../access/check-documents.ts';
import { checkQuery, narrowed } from '../access/check-query.ts';
import type { Docstore } from '../context.ts';
import { resolveConsistency } from '../read/consistency.ts';
import { readDocuments } from '../read/lookup.ts';
import { type StoredDocument, toDocument } from '../read/row.ts';
import { runQuery } from '../read/run-query.ts';

const CHUNK = 300;

/** The result of a listen target, in order and at one read time. */
export async function readTarget(
  docstore: Docstore,
  request: ReadTargetRequest,
  calling: Calling,
  out: Outlet<ReadTargetResponse>,
): Promise<void> {
  const { database } = parseParent(request.parent);
  const caller = await docstore.access.caller(calling, database, request.releasedTime);
  const selector =
    request.readTime === undefined ? undefined : { $case: 'readTime' as const, readTime: request.readTime };
  const { readTime: at } = await resolveConsistency(docstore, database, selector);
  const toProto = (document: StoredDocument) =>
    toDocument(database, request.namesOnly ? { ...document, fields: {} } : document);
  switch (request.target?.$case) {
    case 'query': {
      const started = performance.now();
      const query = narrowed(caller, normalizeQuery(request.parent, request.target.query));
      let isFirst = true;
      for await (const { readTime, documents } of runQuery(docstore.database, query, at)) {
        const access = isFirst ? (await checkQuery(docstore, caller, query, readTime)).toProto() : undefined;
        isFirst = false;
        if (!out.send({ readTime, documents: documents.map(toProto), access })) await out.drained();
      }
      docstore.indexes.observe(query, performance.now() - started);
      return;
    }
    case 'documents': {
      const keys = request.target.documents.names.map(parseDocumentName);
      let time = at;
      for (let i = 0; i < Math.max(keys.length, 1); i += CHUNK) {
        const chunk = keys.slice(i, i + CHUNK);
        const { readTime, documents } = await readDocuments(docstore.database, chunk, time);
        time = readTime;
        const access = (await checkDocuments(docstore, caller, chunk, documents, readTime)).toProto();
        const found = documents.filter((document) => document !== undefined);
        if (!out.send({ readTime, documents: found.map(toProto), access })) await out.drained();
      }
      return;
    }
    default:
      throw invalidArgument('No target specified.');
  }
}
