import { invalidArgument } from '@telestack/errors';
import type { Target as TargetMessage } from '@telestack/protos/google/firestore/v1/firestore.ts';
import { canonicalKey, normalizeQuery } from '@telestack/query';
import type { Principal } from '@telestack/rpc';
import { parseDocumentName } from '@telestack/values';
import type { Resume } from '../resume/plan.ts';
import { decodeResumeToken } from '../resume/token.ts';
import { documentsShape, queryShape } from '../views/shape.ts';
import type { ViewSpec } from '../views/view.ts';

/** A clock may be so far behind the one that made a read time; microseconds. */
const CLOCK_TOLERANCE = 2_000_000;

/** The view that a target asks for. @throws INVALID_ARGUMENT */
export function viewSpecOf(target: TargetMessage, database: string, principal: Principal): ViewSpec {
  const { targetType } = target;
  switch (targetType?.$case) {
    case 'documents': {
      const paths = new Set<string>();
      for (const name of targetType.documents.documents) {
        const document = parseDocumentName(name);
        checkDatabase(document.database, database, name);
        paths.add(document.path);
      }
      const content = JSON.stringify([database, 'documents', ...[...paths].sort()]);
      const scope = { kind: 'documents', database, paths } as const;
      return { content, database, principal, scope, shape: documentsShape(database, paths) };
    }
    case 'query': {
      const { parent, queryType } = targetType.query;
      if (!queryType) throw invalidArgument('The query target has no query.');
      const query = normalizeQuery(parent, queryType.structuredQuery);
      checkDatabase(query.database, database, parent);
      if (query.select) throw invalidArgument('Listen does not support queries with a projection (select).');
      if (query.findNearest) throw invalidArgument('Listen does not support vector search (find_nearest).');
      const content = canonicalKey(query);
      const shape = queryShape(parent, queryType.structuredQuery, query);
      return { content, database, principal, scope: { kind: 'query', query }, shape };
    }
    case undefined:
      throw invalidArgument('The target has neither a query nor documents.');
  }
}

function checkDatabase(actual: string, database: string, name: string): void {
  if (actual !== database) throw invalidArgument(`"${name}" is not in the database of the stream.`);
}

/**
 * What the client says that it has; undefined for a client that begins. Emptiness is no token. `now` in milliseconds.
 */
export function resumeOf(target: TargetMessage, database: string, now: number): Resume | undefined {
  const { resumeType, expectedCount } = target;
  let time: number | undefined;
  switch (resumeType?.$case) {
    case undefined:
      return undefined;
    case 'resumeToken':
      if (resumeType.resumeToken.length === 0) return undefined;
      time = decodeResumeToken(database, resumeType.resumeToken);
      break;
    case 'readTime':
      time = resumeType.readTime;
      break;
  }
  const isUsable = time !== undefined && time > 0 && time <= now * 1_000 + CLOCK_TOLERANCE;
  return { time: isUsable ? time : undefined, expectedCount };
}
