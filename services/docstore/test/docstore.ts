import { isConnectionError } from '@telestack/pg';
import { ADMIN, ANONYMOUS, type CallContext, type Outlet } from '@telestack/rpc';
import { compileRules, formatProblems, type Ruleset } from '@telestack/rules';
import { AccessControl } from '../src/access/access-control.ts';
import { Committer } from '../src/commit/committer.ts';
import type { Docstore } from '../src/context.ts';
import { parsePolicies } from '../src/policies/parse.ts';
import { Lookup } from '../src/read/lookup.ts';
import { Schemas } from '../src/schemas/schemas.ts';
import { Transactions } from '../src/transactions/transactions.ts';
import { openStore } from './setup.ts';

export interface TestDocstore extends AsyncDisposable {
  /** Two replicas on one database. */
  readonly replicas: readonly Docstore[];
}

export interface TestSettings {
  /** JSON */
  readonly policies?: string;
  readonly schemas?: string;
  readonly withoutRules?: 'open' | 'closed';
}

/** @param rules their source; left out, everybody may do everything */
export async function openDocstore(rules?: string, settings: TestSettings = {}): Promise<TestDocstore> {
  const release = {
    id: 'test',
    time: 0,
    rules: rules === undefined ? (settings.withoutRules ?? ('open' as const)) : compiled(rules),
    policies: parsePolicies(settings.policies ?? '[]'),
    schemas: settings.schemas === undefined ? undefined : Schemas.parse(settings.schemas),
  };
  const store = await openStore();
  const { database } = store;
  const now = () => Date.now() * 1000;
  const replica = (): Docstore => ({
    database,
    committer: new Committer(database, { isConnectionError, now }),
    lookup: new Lookup(database),
    transactions: new Transactions(database),
    access: new AccessControl({ releases: { for: async () => release }, explains: true }),
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

function compiled(source: string): Ruleset {
  const compilation = compileRules(source);
  if (!compilation.ok) throw new Error(formatProblems(compilation.problems));
  return compilation.ruleset;
}

/** A call by a user; without a name, by nobody in particular. */
export const calledBy = (uid?: string, claims: Record<string, unknown> = {}): CallContext => ({
  principal: uid === undefined ? ANONYMOUS : { kind: 'user', uid, claims },
  signal: new AbortController().signal,
});

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
