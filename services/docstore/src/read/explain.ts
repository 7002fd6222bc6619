import type { ExecutionStats, ExplainMetrics } from '@telestack/protos/google/firestore/v1/query_profile.ts';
import { type IndexField, indexFor, type Query } from '@telestack/query';
import { formatFieldPath } from '@telestack/values';

/** What running a query took. */
export interface ExecutionFigures {
  /** Documents, or the one result of an aggregation. */
  readonly results: number;
  /** Documents that were read, with those that an offset skips. */
  readonly documents: number;
  /** Index entries that were looked at. */
  readonly entries: number;
  /** Index entries that cost as much as one document: firebase.google.com/docs/firestore/pricing. None where documents are paid for instead. */
  readonly entriesPerRead?: number;
  readonly milliseconds: number;
}

/** Aggregations pay for batches of index entries, and so do vector searches. */
export const ENTRIES_PER_READ = { aggregation: 1000, search: 100 } as const;

/** Which indexes serve a query and, once it has run, what that took. The shape follows the public documentation of Query Explain. */
export function explainQuery(query: Query, figures?: ExecutionFigures): ExplainMetrics {
  const indexesUsed = indexFor(query).map(({ scope, fields }) => ({
    query_scope: scope === 'group' ? 'Collection group' : 'Collection',
    properties: `(${[...fields.map(describe), ...describeVector(query)].join(', ')})`,
  }));
  return { planSummary: { indexesUsed }, executionStats: figures && statsOf(figures) };
}

function statsOf(figures: ExecutionFigures): ExecutionStats {
  const { results, documents, entries, entriesPerRead, milliseconds } = figures;
  const billable = entriesPerRead === undefined ? 0 : entries;
  const reads = documents + Math.ceil(billable / (entriesPerRead ?? 1));
  return {
    resultsReturned: BigInt(results),
    executionDuration: {
      seconds: BigInt(Math.floor(milliseconds / 1000)),
      nanos: Math.floor((milliseconds % 1000) * 1e6),
    },
    // A query without a result costs one read as well.
    readOperations: BigInt(Math.max(reads, 1)),
    debugStats: {
      documents_scanned: String(documents),
      index_entries_scanned: String(entries),
      billing_details: {
        documents_billable: String(documents),
        index_entries_billable: String(billable),
        small_ops: '0',
        min_query_cost: reads === 0 ? '1' : '0',
      },
    },
  };
}

function describe({ field, direction }: IndexField): string {
  return `${formatFieldPath(field)} ${direction === 'contains' ? 'CONTAINS' : direction.toUpperCase()}`;
}

function describeVector({ findNearest: nearest }: Query): string[] {
  return nearest ? [`${formatFieldPath(nearest.field)} VECTOR<${nearest.vector.length}>`] : [];
}
