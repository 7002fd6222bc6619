import { type Case, ROOT, type Step, type Suite } from '../case.ts';
import { Prng } from '../prng.ts';
import {
  batchWriteCase,
  commitCase,
  documentCase,
  noOpCase,
  readTimeCase,
  writeStreamCase,
} from './commits.ts';
import { world } from './documents.ts';
import { faultyCommitStep, faultyQueryStep } from './faults.ts';
import { malformed } from './malformed.ts';
import { aggregateStep, nearestStep, queryStep } from './queries.ts';
import { batchGetStep, collectionIdsCase, getStep, listCase } from './reads.ts';
import { transactionCase, unknownTransactionCase } from './transactions.ts';
import { type Scope, scope } from './writes.ts';

export const SUITE_SIZE = 40;

function single(kind: string, step: Step): Case {
  return { kind, setup: [], steps: [step] };
}

function anyRead(prng: Prng, names: readonly string[]): Case {
  return prng.weighted<() => Case>([
    [45, () => single('query', queryStep(prng, names))],
    [14, () => single('aggregate', aggregateStep(prng, names))],
    [3, () => single('nearest', nearestStep(prng, names))],
    [9, () => listCase(prng)],
    [4, () => collectionIdsCase(prng, names)],
    [6, () => single('get', getStep(prng, names))],
    [5, () => single('batch-get', batchGetStep(prng, names))],
    [8, () => single('faults', faultyQueryStep(prng))],
  ])();
}

/** Breaks the first request of a case; what follows it shows what it left behind. */
function broken(prng: Prng, one: Case): Case {
  const index = prng.int(0, Math.min(1, one.steps.length - 1));
  const steps = one.steps.map((step, at) => (at === index ? malformed(prng, step) : step));
  return { ...one, kind: 'malformed', steps };
}

function readSuite(prng: Prng, size: number): Suite {
  const { setup, names } = world(prng, prng.pick([8, 25, 40, 60]));
  const cases = Array.from({ length: size }, () => {
    const one = anyRead(prng, names);
    return prng.chance(0.2) ? broken(prng, one) : one;
  });
  return { name: 'reads', setup, cases };
}

function anyWrite(prng: Prng, within: Scope): Case {
  return prng.weighted<() => Case>([
    [30, () => commitCase(prng, within)],
    [8, () => noOpCase(prng, within)],
    [8, () => batchWriteCase(prng, within)],
    [10, () => documentCase(prng, within)],
    [15, () => transactionCase(prng, within)],
    [3, () => unknownTransactionCase(prng, within)],
    [6, () => writeStreamCase(prng, within)],
    [6, () => readTimeCase(prng, within)],
    [8, () => single('faults', faultyCommitStep(prng, within.base))],
  ])();
}

function writeSuite(prng: Prng, size: number): Suite {
  const cases = Array.from({ length: size }, (_, index) => {
    const within = scope(prng, `${ROOT}/w/${index}`);
    const one = anyWrite(prng, within);
    return prng.chance(0.2) ? broken(prng, one) : one;
  });
  return { name: 'writes', setup: [], cases };
}

/** The suite with this number: the same for the same seed, whatever ran before it. */
export function suite(seed: number, index: number, size = SUITE_SIZE): Suite {
  const prng = new Prng(seed, index + 1);
  return index % 5 < 3 ? readSuite(prng, size) : writeSuite(prng, size);
}
