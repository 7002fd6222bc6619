import type { ExplainMetrics } from '@telestack/protos/google/firestore/v1/query_profile.ts';
import { indexFor, type Query } from '@telestack/query';
import { formatFieldPath } from '@telestack/values';
import type { Docstore } from '../context.ts';

export interface ExecutionFigures {
  readonly count: number;
  readonly milliseconds: number;
}

/** Which indexes serve a query and, once it has run, what that took. The shape follows the public documentation of Query Explain. */
export async function explainQuery(
  _docstore: Docstore,
  query: Query,
  figures?: ExecutionFigures,
): Promise<ExplainMetrics> {
  const indexesUsed = indexFor(query).map(({ scope, fields }) => ({
    query_scope: scope === 'group' ? 'Collection group' : 'Collection',
    properties: `(${fields
      .map(
        ({ field, direction }) =>
          `${formatFieldPath(field)} ${direction === 'contains' ? 'CONTAINS' : direction.toUpperCase()}`,
      )
      .join(', ')})`,
  }));
  return {
    planSummary: { indexesUsed },
    executionStats: figures && {
      resultsReturned: BigInt(figures.count),
      executionDuration: {
        seconds: BigInt(Math.floor(figures.milliseconds / 1000)),
        nanos: Math.round((figures.milliseconds % 1000) * 1e6),
      },
      readOperations: BigInt(Math.max(figures.count, 1)),
      debugStats: {
        documents_scanned: String(figures.count),
        index_entries_scanned: String(figures.count),
      },
    },
  };
}
