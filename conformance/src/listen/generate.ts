import { ROOT, type Step } from '../case.ts';
import { fieldValue, QUERY_FIELDS, world } from '../generate/documents.ts';
import { malformed } from '../generate/malformed.ts';
import { documentId } from '../generate/names.ts';
import { query } from '../generate/queries.ts';
import { Prng } from '../prng.ts';
import { encode, type Message, rpc } from '../wire.ts';
import type { Action, ListenCase, ListenTarget } from './case.ts';

const PLAIN_FIELDS = QUERY_FIELDS.filter((field) => !/[.`]/.test(field));

function target(prng: Prng, targetId: number, names: readonly string[]): ListenTarget {
  if (prng.chance(0.2)) {
    const documents = [...prng.some(names.slice(0, 6), 1), `${ROOT}/c/missing${prng.int(0, 2)}`];
    return { targetId, documents: { documents } };
  }
  const { parent, structuredQuery } = query(prng, names);
  // Listen has no projections; an offset has no meaning in a live query.
  delete structuredQuery.select;
  delete structuredQuery.offset;
  const whole = { id: 'listen', rpc: 'RunQuery' as const, request: { parent, structuredQuery } };
  const broken = prng.chance(0.06) ? malformed(prng, whole) : whole;
  const { request } = isSendable(broken) ? broken : whole;
  const sent = (request.structuredQuery ?? {}) as Message;
  // The emulator does not follow queries over all collections.
  const [selector] = (sent.from ?? []) as Message[];
  if (!selector?.collectionId) sent.from = [{ collectionId: 'c' }];
  return { targetId, query: { parent: request.parent, structuredQuery: sent } };
}

/** Whether the protocol can say what was made. */
function isSendable({ rpc: name, request }: Step): boolean {
  try {
    encode(rpc(name).request, request);
    return true;
  } catch {
    return false;
  }
}

function write(prng: Prng, names: readonly string[]): Message {
  const name = prng.chance(0.75)
    ? prng.pick(names)
    : `${ROOT}/c/${prng.chance(0.5) ? documentId(prng) : 'missing1'}`;
  if (prng.chance(0.2)) return { delete: name };
  const fields = Object.fromEntries(
    prng.some(PLAIN_FIELDS, 1).map((field) => [field, fieldValue(prng, field)]),
  );
  const masked = prng.chance(0.6) ? { updateMask: { fieldPaths: Object.keys(fields) } } : {};
  return { update: { name, fields }, ...masked };
}

/** Writes of one commit: one per document, so that what a commit did is what its writes say. */
function writes(prng: Prng, names: readonly string[]): Message[] {
  const seen = new Set<string>();
  return prng
    .list(1, prng.chance(0.2) ? 8 : 3, () => write(prng, names))
    .filter((one) => {
      const name = String(one.delete ?? (one.update as Message).name);
      return seen.has(name) ? false : seen.add(name);
    });
}

/** A sequence of writes with several targets, some of which come and go. */
export function listenCase(seed: number, index: number): ListenCase {
  const prng = new Prng(seed, 1_000_000 + index);
  const { setup, names } = world(prng, prng.pick([3, 8, 20]));
  let nextId = 1;
  const targets = prng.list(1, 3, () => target(prng, nextId++, names));
  const actions = prng.list(2, 6, () =>
    prng.weighted<() => Action>([
      [8, () => ({ do: 'commit', writes: writes(prng, names) })],
      [1.5, () => ({ do: 'add', target: target(prng, nextId++, names) })],
      [1, () => ({ do: 'remove', targetId: prng.int(1, nextId - 1) })],
      [2, () => ({ do: 'reconnect', writes: writes(prng, names), expectCount: prng.chance(0.5) })],
    ])(),
  );
  return { kind: 'listen', setup, targets, actions };
}
