import { isConnectionError } from '@telestack/pg';
import { ADMIN, type CallContext, type Outlet } from '@telestack/rpc';
import { Committer } from '../src/commit/committer.ts';
import type { Docstore } from '../src/context.ts';
import { Lookup } from '../src/read/lookup.ts';
import { Transactions } from '../src/transactions/transactions.ts';
import { openStore } from './setup.ts';

export interface TestDocstore extends AsyncDisposable {
  /** Two replicas on one database. */
  readonly replicas: readonly Docstore[];
}

export async function openDocstore(): Promise<TestDocstore> {
  const store = await openStore();
  const { database } = store;
  const now = () => Date.now() * 1000;
  const replica = (): Docstore => ({
    database,
    committer: new Committer(database, { isConnectionError, now }),
    lookup: new Lookup(database),
    transactions: new Transactions(database),
    indexes: { observe() {} } as unknown as Docstore['indexes'],
    retention: 3600e6,
    now,
  });
  const replicas = [replica(), replica()];
  return {
    replicas,
    async [Symbol.asyncDispose]() {
      await Promise.all(replicas.map(({ committer }) => committer.drain()));
      await store[Symbol.asyncDispose]();
    },
  };
}

export const context = (signal = new AbortController().signal): CallContext => ({ principal: ADMIN, signal });

/** An outlet that keeps what it is sent. */
export function outlet<T>(): Outlet<T> & { readonly messages: T[] } {
  const messages: T[] = [];
  return {
    messages,
    send: (message) => messages.push(message) > 0,
    drained: async () => {},
    bufferedBytes: 0,
  };
}
