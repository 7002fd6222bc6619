import { Code } from '@telestack/errors';
import type {
  BatchGetDocumentsResponse,
  RunQueryResponse,
} from '@telestack/protos/google/firestore/v1/firestore.ts';
import { StructuredQuery } from '@telestack/protos/google/firestore/v1/query.ts';
import type { Fields } from '@telestack/values';
import { expect } from 'vitest';
import type { ConsistencySelector } from '../src/read/consistency.ts';
import { handlers } from '../src/service.ts';
import { context, outlet, type TestDocstore } from './docstore.ts';

let databases = 0;

/** Calls of one client, to one database, by way of either of two replicas. */
export class Client {
  readonly root = `projects/p/databases/d${++databases}`;
  readonly #store: TestDocstore;
  readonly #rpc;

  constructor(store: TestDocstore, replica: 0 | 1 = 0, root?: string) {
    this.#store = store;
    if (root !== undefined) this.root = root;
    this.#rpc = handlers(store.replicas[replica]!);
  }

  name = (path: string): string => `${this.root}/documents/${path}`;
  elsewhere = (): Client => new Client(this.#store, 1, this.root);
  begin = async (mode: 'readWrite' | 'readOnly') => {
    const options =
      mode === 'readOnly'
        ? { mode: { $case: mode, readOnly: { consistencySelector: undefined } } }
        : { mode: { $case: mode, readWrite: { retryTransaction: new Uint8Array() } } };
    const { transaction } = await this.#rpc.beginTransaction({ database: this.root, options }, context());
    return transaction;
  };
  commit = (writes: Record<string, Fields | null>, transaction: Uint8Array = new Uint8Array()) =>
    this.#rpc.commit({ database: this.root, writes: this.writes(writes), transaction }, context());
  increment = (path: string, transaction: Uint8Array) => {
    const [write] = this.writes({ [path]: {} });
    const type = { $case: 'increment' as const, increment: 1 };
    const updateTransforms = [{ fieldPath: 'n', transformType: type }];
    const writes = [{ ...write!, updateMask: { fieldPaths: [] }, updateTransforms }];
    return this.#rpc.commit({ database: this.root, writes, transaction }, context());
  };
  rollback = (transaction: Uint8Array) => this.#rpc.rollback({ database: this.root, transaction }, context());
  writes = (writes: Record<string, Fields | null>) =>
    Object.entries(writes).map(([path, fields]) => {
      const name = this.name(path);
      const operation =
        fields === null
          ? { $case: 'delete' as const, delete: name }
          : {
              $case: 'update' as const,
              update: { name, fields, createTime: undefined, updateTime: undefined },
            };
      return { operation, updateMask: undefined, updateTransforms: [], currentDocument: undefined };
    });

  async get(paths: string[], consistencySelector?: ConsistencySelector, signal?: AbortSignal) {
    const out = outlet<BatchGetDocumentsResponse>();
    const documents = paths.map(this.name);
    await this.#rpc.batchGetDocuments(
      { database: this.root, documents, mask: undefined, consistencySelector },
      context(signal),
      out,
    );
    const token = out.messages.find(({ transaction }) => transaction.length > 0)?.transaction;
    const fields = out.messages.flatMap(({ result }) => {
      if (result === undefined) return [];
      return [result.$case === 'found' ? result.found.fields : null];
    });
    return { token: token!, fields };
  }

  async query(
    collectionId: string,
    consistencySelector?: ConsistencySelector,
    more: Partial<StructuredQuery> = {},
  ) {
    const out = outlet<RunQueryResponse>();
    const from = [{ collectionId, allDescendants: false }];
    const structuredQuery = { ...StructuredQuery.create(), from, ...more };
    await this.#rpc.runQuery(
      {
        parent: `${this.root}/documents`,
        queryType: { $case: 'structuredQuery', structuredQuery },
        consistencySelector,
        explainOptions: undefined,
      },
      context(),
      out,
    );
    const token = out.messages.find(({ transaction }) => transaction.length > 0)?.transaction;
    return {
      token: token!,
      fields: out.messages.flatMap(({ document }) => (document ? [document.fields] : [])),
    };
  }
}

export const NEW: ConsistencySelector = {
  $case: 'newTransaction',
  newTransaction: { mode: { $case: 'readWrite', readWrite: { retryTransaction: new Uint8Array() } } },
};
export const READ_ONLY: ConsistencySelector = {
  $case: 'newTransaction',
  newTransaction: { mode: { $case: 'readOnly', readOnly: { consistencySelector: undefined } } },
};
export const within = (transaction: Uint8Array): ConsistencySelector => ({
  $case: 'transaction',
  transaction,
});
export const EXPIRED = {
  code: Code.INVALID_ARGUMENT,
  message: expect.stringContaining('expired or is no longer valid'),
};
