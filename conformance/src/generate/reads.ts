import { type Case, DATABASE, from, ROOT, type Step } from '../case.ts';
import type { Prng } from '../prng.ts';
import type { Message } from '../wire.ts';
import { QUERY_FIELDS } from './documents.ts';

function mask(prng: Prng): Message {
  return {
    fieldPaths: prng.list(0, 3, () =>
      prng.pick([...QUERY_FIELDS, 'm', 'm.x', 'zz', '__name__', '`$int`', 'm.z']),
    ),
  };
}

function someName(prng: Prng, names: readonly string[]): string {
  return prng.chance(0.8) ? prng.pick(names) : `${ROOT}/c/missing${prng.int(0, 3)}`;
}

export function getStep(prng: Prng, names: readonly string[]): Step {
  const request: Message = { name: someName(prng, names) };
  if (prng.chance(0.4)) request.mask = mask(prng);
  return { id: 'get', rpc: 'GetDocument', request };
}

export function batchGetStep(prng: Prng, names: readonly string[]): Step {
  const request: Message = { database: DATABASE, documents: prng.list(0, 6, () => someName(prng, names)) };
  if (prng.chance(0.3)) request.mask = mask(prng);
  if (prng.chance(0.1)) request.newTransaction = { readOnly: {} };
  return { id: 'get', rpc: 'BatchGetDocuments', request };
}

const ORDER_TEXTS = [
  'a',
  'n',
  'a desc',
  's desc',
  'a, n desc',
  'n,s',
  'm.x',
  '`x.y` desc',
  '__name__',
  'a DESC',
  'a asc',
  'a ASC',
  'a  desc',
  ' a',
  'a,',
  '',
  'a foo',
  'a, a',
  'a desc,__name__ desc',
];

/** Pages through a list: every page takes its token from the one before. */
export function listCase(prng: Prng): Case {
  const request: Message = prng.weighted<() => Message>([
    [5, () => ({ parent: ROOT, collectionId: 'c' })],
    [2, () => ({ parent: ROOT, collectionId: prng.pick(['d', 'e', 'none']) })],
    [
      2,
      () => ({
        parent: `${ROOT}/c/${prng.pick(['a', 'b', 'c'])}`,
        collectionId: prng.pick(['c', 'd', 'sub', '']),
      }),
    ],
    [1, () => ({ parent: ROOT })],
  ])();
  if (prng.chance(0.3)) request.mask = mask(prng);
  if (prng.chance(0.3)) request.showMissing = true;
  const ordered = prng.chance(0.3) && (!request.showMissing || prng.chance(0.1));
  if (ordered) request.orderBy = prng.pick(ORDER_TEXTS);
  if (prng.chance(0.7)) request.pageSize = prng.pick([0, 1, 2, 3, 5, 8, 100]);
  const steps: Step[] = [{ id: 'page0', rpc: 'ListDocuments', request }];
  // The emulator fails on a second page of an ordered list.
  const pages = request.pageSize && !ordered ? prng.int(1, 3) : 0;
  for (let page = 1; page <= pages; page++) {
    const pageToken = from(`page${page - 1}`, 'nextPageToken');
    steps.push({ id: `page${page}`, rpc: 'ListDocuments', request: { ...request, pageToken } });
  }
  return { kind: 'list', setup: [], steps };
}

export function collectionIdsCase(prng: Prng, names: readonly string[]): Case {
  const parent = prng.chance(0.4) ? ROOT : prng.chance(0.8) ? prng.pick(names) : `${ROOT}/c/missing`;
  const request: Message = { parent };
  if (prng.chance(0.5)) request.pageSize = prng.pick([0, 1, 2, 3, 100]);
  const steps: Step[] = [{ id: 'page0', rpc: 'ListCollectionIds', request }];
  if (request.pageSize) {
    steps.push({
      id: 'page1',
      rpc: 'ListCollectionIds',
      request: { ...request, pageToken: from('page0', 'nextPageToken') },
    });
  }
  return { kind: 'collection-ids', setup: [], steps };
}
