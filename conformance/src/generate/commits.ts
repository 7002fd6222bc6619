import { type Case, DATABASE, from, type Step } from '../case.ts';
import type { Prng } from '../prng.ts';
import type { Message } from '../wire.ts';
import { BAD_IDS, documentId, fieldPath } from './names.ts';
import { fields, mapKey, value } from './values.ts';
import { precondition, readBack, type Scope, write } from './writes.ts';

function commit(id: string, writes: Message[]): Step {
  return { id, rpc: 'Commit', request: { database: DATABASE, writes } };
}

/** A few commits after each other, each of a few writes that often meet on one document. */
export function commitCase(prng: Prng, within: Scope): Case {
  const earlier: string[] = [];
  const steps = prng.list(1, 5, (index) => {
    const writes = prng.list(prng.chance(0.03) ? 0 : 1, prng.chance(0.3) ? 4 : 1, () =>
      write(prng, within, earlier),
    );
    earlier.push(`commit${index}`);
    return commit(`commit${index}`, writes);
  });
  return { kind: 'commit', setup: [], steps: [...steps, ...readBack(prng, within)] };
}

/** Writes a document twice with the same content or with content that only looks the same. */
export function noOpCase(prng: Prng, within: Scope): Case {
  const name = prng.pick(within.names);
  const first = fields(prng, 1, 4, 2);
  const second = prng.chance(0.7) ? first : { ...first, [mapKey(prng)]: value(prng, 1) };
  const masked = prng.chance(0.5)
    ? { updateMask: { fieldPaths: Object.keys(second).map((key) => fieldPath(key)) } }
    : {};
  const writes: Message[] = [{ update: { name, fields: second }, ...masked }];
  if (prng.chance(0.3)) writes.unshift({ update: { name, fields: { z: value(prng, 1) } } });
  if (prng.chance(0.2)) writes.unshift({ delete: name });
  const steps = [commit('first', [{ update: { name, fields: first } }]), commit('second', writes)];
  return { kind: 'no-op', setup: [], steps: [...steps, ...readBack(prng, within)] };
}

export function batchWriteCase(prng: Prng, within: Scope): Case {
  const steps: Step[] = [commit('seed', [write(prng, within, [])])];
  for (let index = prng.int(1, 2); index > 0; index--) {
    const writes = prng.list(0, 5, () => write(prng, within, ['seed']));
    const names = new Set<string>();
    const distinct = writes.filter((one) => {
      const name = nameOf(one);
      if (names.has(name)) return prng.chance(0.05);
      names.add(name);
      return true;
    });
    steps.push({ id: `batch${index}`, rpc: 'BatchWrite', request: { database: DATABASE, writes: distinct } });
  }
  return { kind: 'batch-write', setup: [], steps: [...steps, ...readBack(prng, within)] };
}

function nameOf(one: Message): string {
  const update = one.update as Message | undefined;
  const transform = one.transform as Message | undefined;
  return String(update?.name ?? transform?.document ?? one.delete ?? one.verify);
}

function create(prng: Prng, within: Scope, id: string, mask: Message): Step {
  const request: Message = { parent: within.base, ...mask };
  if (prng.chance(0.95)) request.document = { fields: fields(prng, 0, 3, 2) };
  if (prng.chance(0.2)) {
    // Apart from the others: a generated id has its place among them by chance.
    request.collectionId = 'generated';
  } else {
    request.collectionId = prng.chance(0.95) ? 'x' : prng.pick(BAD_IDS);
    request.documentId = prng.chance(0.95) ? documentId(prng) : prng.pick(BAD_IDS.slice(1));
  }
  return { id, rpc: 'CreateDocument', request };
}

/** CreateDocument, UpdateDocument and DeleteDocument, with masks on what they return. */
export function documentCase(prng: Prng, within: Scope): Case {
  const step = (index: number): Step => {
    const id = `step${index}`;
    const name = prng.pick(within.names);
    const mask = prng.chance(0.3)
      ? { mask: { fieldPaths: prng.list(0, 2, () => fieldPath(mapKey(prng))) } }
      : {};
    const condition = precondition(prng, []);
    const current = condition ? { currentDocument: condition } : {};
    return prng.weighted<() => Step>([
      [3, () => create(prng, within, id, mask)],
      [
        4,
        () => ({
          id,
          rpc: 'UpdateDocument',
          request: {
            document: { name, fields: fields(prng, 0, 3, 2) },
            ...(prng.chance(0.5)
              ? { updateMask: { fieldPaths: prng.list(0, 3, () => fieldPath(mapKey(prng))) } }
              : {}),
            ...mask,
            ...current,
          },
        }),
      ],
      [2, () => ({ id, rpc: 'DeleteDocument', request: { name, ...current } })],
      [2, () => ({ id, rpc: 'GetDocument', request: { name, ...mask } })],
    ])();
  };
  const steps = prng.list(2, 6, step);
  return { kind: 'document', setup: [], steps: [...steps, ...readBack(prng, within)] };
}

/** A Write stream: the handshake, then batches, each with the token of the reply before. */
export function writeStreamCase(prng: Prng, within: Scope): Case {
  const more = prng.list(0, 4, () => ({
    streamToken: '$token',
    writes: prng.list(0, 3, () => write(prng, within, [])),
  }));
  const request: Message = { database: DATABASE };
  if (prng.chance(0.05)) request.writes = [write(prng, within, [])];
  const steps: Step[] = [{ id: 'stream', rpc: 'Write', request, more }];
  return { kind: 'write-stream', setup: [], steps: [...steps, ...readBack(prng, within)] };
}

/** Reads past versions at the commit times of earlier steps. */
export function readTimeCase(prng: Prng, within: Scope): Case {
  const commits = prng.list(2, 4, (index) => commit(`commit${index}`, [write(prng, within, [])]));
  const times = commits.map((one) => from(one.id, 'commitTime'));
  const reads = prng.list(1, 3, (index): Step => {
    const readTime = prng.chance(0.95)
      ? prng.pick(times)
      : { seconds: prng.pick(['1', '4000000000']), nanos: prng.pick([0, 5]) };
    return prng.weighted<() => Step>([
      [
        3,
        () => ({
          id: `read${index}`,
          rpc: 'GetDocument',
          request: { name: prng.pick(within.names), readTime },
        }),
      ],
      [
        3,
        () => ({
          id: `read${index}`,
          rpc: 'BatchGetDocuments',
          request: { database: DATABASE, documents: within.names, readTime },
        }),
      ],
      [
        3,
        () => ({
          id: `read${index}`,
          rpc: 'RunQuery',
          request: { parent: within.base, structuredQuery: { from: [{ collectionId: 'x' }] }, readTime },
        }),
      ],
      [
        1,
        () => ({
          id: `read${index}`,
          rpc: 'ListDocuments',
          request: { parent: within.base, collectionId: 'x', readTime },
        }),
      ],
    ])();
  });
  return { kind: 'read-time', setup: [], steps: [...commits, ...reads] };
}
