import {
  RunAggregationQueryRequest,
  type RunAggregationQueryResponse,
  RunQueryRequest,
  type RunQueryResponse,
} from '@telestack/protos/google/firestore/v1/firestore.ts';
import {
  StructuredQuery,
  StructuredQuery_FieldFilter_Operator,
} from '@telestack/protos/google/firestore/v1/query.ts';
import type { Write } from '@telestack/protos/google/firestore/v1/write.ts';
import type { CallContext, Scope } from '@telestack/rpc';
import type { Fields, Json } from '@telestack/values';
import type { Docstore } from '../src/context.ts';
import { commit } from '../src/rpc/commit.ts';
import { getDocument } from '../src/rpc/get-document.ts';
import { runAggregationQuery } from '../src/rpc/run-aggregation-query.ts';
import { runQueryRpc } from '../src/rpc/run-query.ts';
import { outlet } from './docstore.ts';

export const NO_TRANSACTION = new Uint8Array();

const bare = { updateMask: undefined, updateTransforms: [], currentDocument: undefined };

export const set = (name: string, fields: Fields): Write => ({
  ...bare,
  operation: { $case: 'update', update: { name, fields, createTime: undefined, updateTime: undefined } },
});
/** Changes these fields of a document, or makes it. */
export const patch = (name: string, fields: Fields): Write => ({
  ...set(name, fields),
  updateMask: { fieldPaths: Object.keys(fields) },
});
export const remove = (name: string): Write => ({ ...bare, operation: { $case: 'delete', delete: name } });
export const verify = (name: string, exists: boolean): Write => ({
  ...bare,
  operation: { $case: 'verify', verify: name },
  currentDocument: { conditionType: { $case: 'exists', exists } },
});

export const send = (docstore: Docstore, who: CallContext, database: string, ...writes: Write[]) =>
  commit(docstore, { database, writes, transaction: NO_TRANSACTION }, who);

export const get = async (docstore: Docstore, who: CallContext, name: string): Promise<Fields> =>
  (await getDocument(docstore, { name, mask: undefined, consistencySelector: undefined }, who)).fields;

/** A query of a collection; of all collections with this id where it is a group's. */
export function queryOf(collectionId: string, allDescendants = false, where?: Record<string, Json>) {
  const filters = Object.entries(where ?? {}).map(
    ([fieldPath, value]) =>
      ({
        filterType: {
          $case: 'fieldFilter',
          fieldFilter: { field: { fieldPath }, op: StructuredQuery_FieldFilter_Operator.EQUAL, value },
        },
      }) as const,
  );
  return { ...StructuredQuery.create(), from: [{ collectionId, allDescendants }], where: filters[0] };
}

/** Ids of the documents of a query's result. */
export async function run(
  docstore: Docstore,
  who: CallContext,
  parent: string,
  structuredQuery: StructuredQuery,
): Promise<string[]> {
  const out = outlet<RunQueryResponse>();
  const queryType = { $case: 'structuredQuery' as const, structuredQuery };
  await runQueryRpc(docstore, { ...RunQueryRequest.create(), parent, queryType }, who, out);
  return out.messages.flatMap(({ document }) => (document ? [document.name.split('/').at(-1)!] : []));
}

export async function count(
  docstore: Docstore,
  who: CallContext,
  parent: string,
  structuredQuery: StructuredQuery,
): Promise<Json | undefined> {
  const out = outlet<RunAggregationQueryResponse>();
  const aggregations = [{ alias: 'n', operator: { $case: 'count' as const, count: { upTo: undefined } } }];
  const queryType = { $case: 'structuredQuery' as const, structuredQuery };
  const structuredAggregationQuery = { queryType, aggregations };
  const request = {
    ...RunAggregationQueryRequest.create(),
    parent,
    queryType: { $case: 'structuredAggregationQuery' as const, structuredAggregationQuery },
  };
  await runAggregationQuery(docstore, request, who, out);
  return out.messages[0]?.result?.aggregateFields.n;
}

/** A call with an API key of project p. */
export const keyed = (...scopes: Scope[]): CallContext => ({
  principal: { kind: 'apiKey', keyId: 'k', project: 'p', scopes },
  signal: new AbortController().signal,
});
