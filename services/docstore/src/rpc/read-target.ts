import { invalidArgument } from '@telestack/errors';
import type {
  ReadTargetRequest,
  ReadTargetResponse,
} from '@telestack/protos/telestack/docstore/v1/docstore.ts';
import { normalizeQuery } from '@telestack/query';
import type { Outlet } from '@telestack/rpc';
import { parseDocumentName, parseParent } from '@telestack/values';
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
  out: Outlet<ReadTargetResponse>,
): Promise<void> {
  const { database } = parseParent(request.parent);
  const selector =
    request.readTime === undefined ? undefined : { $case: 'readTime' as const, readTime: request.readTime };
  const { readTime: at } = await resolveConsistency(docstore, database, selector);
  const toProto = (document: StoredDocument) =>
    toDocument(database, request.namesOnly ? { ...document, fields: {} } : document);
  switch (request.target?.$case) {
    case 'query': {
      const started = performance.now();
      const query = normalizeQuery(request.parent, request.target.query);
      for await (const { readTime, documents } of runQuery(docstore.database, query, at)) {
        if (!out.send({ readTime, documents: documents.map(toProto) })) await out.drained();
      }
      docstore.indexes.observe(query, performance.now() - started);
      return;
    }
    case 'documents': {
      const keys = request.target.documents.names.map(parseDocumentName);
      let time = at;
      for (let i = 0; i < Math.max(keys.length, 1); i += CHUNK) {
        const { readTime, documents } = await readDocuments(
          docstore.database,
          keys.slice(i, i + CHUNK),
          time,
        );
        time = readTime;
        const found = documents.filter((document) => document !== undefined);
        if (!out.send({ readTime, documents: found.map(toProto) })) await out.drained();
      }
      return;
    }
    default:
      throw invalidArgument('No target specified.');
  }
}
