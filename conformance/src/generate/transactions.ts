import { type Case, DATABASE, from, type Step } from '../case.ts';
import type { Prng } from '../prng.ts';
import type { Json, Message } from '../wire.ts';
import { readBack, type Scope, write } from './writes.ts';

/**
 * Transactions without contention: the emulator locks and makes others wait for two seconds, other implementations are
 * optimistic; who loses a conflict is not comparable. Writes from outside come before a transaction reads, or go to a
 * document that it does not touch.
 */

const GARBAGE = ['', 'AAAA', 'aGVsbG8=', 'Ef///wAAAAAA', 'EQAAAAAAAAAA'];

function readIn(prng: Prng, within: Scope, id: string, selector: Message): Step {
  return prng.weighted<() => Step>([
    [4, () => ({ id, rpc: 'GetDocument', request: { name: prng.pick(within.names), ...selector } })],
    [
      3,
      () => ({
        id,
        rpc: 'BatchGetDocuments',
        request: { database: DATABASE, documents: prng.some(within.names, 1), ...selector },
      }),
    ],
    [
      3,
      () => ({
        id,
        rpc: 'RunQuery',
        request: { parent: within.base, structuredQuery: { from: [{ collectionId: 'x' }] }, ...selector },
      }),
    ],
    [
      1,
      () => ({ id, rpc: 'ListDocuments', request: { parent: within.base, collectionId: 'x', ...selector } }),
    ],
    [
      1,
      () => ({
        id,
        rpc: 'RunAggregationQuery',
        request: {
          parent: within.base,
          structuredAggregationQuery: {
            structuredQuery: { from: [{ collectionId: 'x' }] },
            aggregations: [{ count: {}, alias: 'n' }],
          },
          ...selector,
        },
      }),
    ],
  ])();
}

function outsideWrite(prng: Prng, within: Scope, id: string): Step {
  return { id, rpc: 'Commit', request: { database: DATABASE, writes: [write(prng, within, [])] } };
}

function commitOrRollback(
  prng: Prng,
  within: Scope,
  id: string,
  transaction: Json,
  readOnly: boolean,
): Step[] {
  const rollback: Step = { id: `${id}r`, rpc: 'Rollback', request: { database: DATABASE, transaction } };
  if (prng.chance(0.15)) return [rollback];
  const writes = readOnly && prng.chance(0.8) ? [] : prng.list(0, 3, () => write(prng, within, []));
  // A commit that is refused for its form leaves the transaction open: end it, so that its locks go.
  return [{ id, rpc: 'Commit', request: { database: DATABASE, writes, transaction } }, rollback];
}

function useAfterEnd(prng: Prng, within: Scope, transaction: Json): Step[] {
  if (prng.chance(0.6)) return [];
  return prng.list(1, 2, (index): Step => {
    const id = `after${index}`;
    return prng.weighted<() => Step>([
      [1, () => ({ id, rpc: 'Commit', request: { database: DATABASE, transaction } })],
      [1, () => ({ id, rpc: 'Rollback', request: { database: DATABASE, transaction } })],
      [2, () => readIn(prng, within, id, { transaction })],
    ])();
  });
}

export function transactionCase(prng: Prng, within: Scope): Case {
  const steps: Step[] = [outsideWrite(prng, within, 'seed')];
  for (let round = prng.int(1, 2); round > 0; round--) {
    const readOnly = prng.chance(0.3);
    const options: Message | undefined = prng.weighted<() => Message | undefined>([
      [3, () => (readOnly ? { readOnly: {} } : { readWrite: {} })],
      [readOnly ? 0 : 1, () => undefined],
      [readOnly ? 1 : 0, () => ({ readOnly: { readTime: from('seed', 'commitTime') } })],
    ])();
    const first = `begin${round}`;
    const byRead = prng.chance(0.25);
    steps.push(
      byRead
        ? readNew(prng, within, first, options ?? {})
        : {
            id: first,
            rpc: 'BeginTransaction',
            request: options ? { database: DATABASE, options } : { database: DATABASE },
          },
    );
    const transaction = from(first, 'transaction');
    if ((!byRead || readOnly) && prng.chance(0.2)) steps.push(outsideWrite(prng, within, `outside${round}`));
    const reads = prng.list(0, 3, (index) => readIn(prng, within, `read${round}-${index}`, { transaction }));
    steps.push(...reads, ...commitOrRollback(prng, within, `end${round}`, transaction, readOnly));
    steps.push(
      ...useAfterEnd(prng, within, transaction).map((step) => ({ ...step, id: `${step.id}-${round}` })),
    );
  }
  return { kind: 'transaction', setup: [], steps: [...steps, ...readBack(prng, within)] };
}

function readNew(prng: Prng, within: Scope, id: string, newTransaction: Message): Step {
  for (;;) {
    const step = readIn(prng, within, id, { newTransaction });
    if (step.rpc === 'BatchGetDocuments' || step.rpc === 'RunQuery' || step.rpc === 'RunAggregationQuery')
      return step;
  }
}

/** Transaction ids that name nothing. */
export function unknownTransactionCase(prng: Prng, within: Scope): Case {
  const transaction = prng.pick(GARBAGE);
  const step = prng.weighted<() => Step>([
    [
      1,
      () => ({
        id: 'use',
        rpc: 'Commit',
        request: { database: DATABASE, transaction, writes: [write(prng, within, [])] },
      }),
    ],
    [1, () => ({ id: 'use', rpc: 'Rollback', request: { database: DATABASE, transaction } })],
    [2, () => readIn(prng, within, 'use', { transaction })],
    [
      1,
      () => ({
        id: 'use',
        rpc: 'BeginTransaction',
        request: { database: DATABASE, options: { readWrite: { retryTransaction: transaction } } },
      }),
    ],
  ])();
  return { kind: 'transaction', setup: [], steps: [step, ...readBack(prng, within)] };
}
