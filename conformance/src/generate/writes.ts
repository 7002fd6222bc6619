import { from, type Step } from '../case.ts';
import type { Prng } from '../prng.ts';
import type { Json, Message } from '../wire.ts';
import { documentId, fieldPath } from './names.ts';
import { transforms } from './transforms.ts';
import { fields, huge, mapKey, nested, scalar, value } from './values.ts';

/** The documents that one case of the writing kinds touches: few, so that writes meet. */
export interface Scope {
  /** A document below which everything of the case lives. */
  base: string;
  names: string[];
}

export function scope(prng: Prng, base: string): Scope {
  const ids = [...new Set(prng.list(2, 4, () => documentId(prng)))];
  const names = ids.map((id) => `${base}/x/${id}`);
  if (prng.chance(0.2)) names.push(`${names[0]}/y/${documentId(prng)}`);
  return { base, names };
}

/** Data for a write, with the mask that it comes with. */
function dataAndMask(prng: Prng): { fields: Record<string, Message>; updateMask?: Message } {
  const data = prng.chance(0.85)
    ? fields(prng, 0, 4, 2)
    : prng.chance(0.8)
      ? { deep: nested(prng, prng.int(15, 21)) }
      : prng.chance(0.1)
        ? { huge: huge(prng) }
        : { v: value(prng, 4) };
  if (prng.chance(0.5)) return { fields: data };
  const paths = prng.some(Object.keys(data)).map((key) => fieldPath(key));
  for (let i = prng.int(0, 2); i > 0; i--) paths.push(fieldPath(...prng.list(1, 3, () => mapKey(prng))));
  for (const key of Object.keys(data)) {
    const inner = (data[key]?.mapValue as Message | undefined)?.fields as Message | undefined;
    for (const name of Object.keys(inner ?? {})) if (prng.chance(0.4)) paths.push(fieldPath(key, name));
  }
  return { fields: data, updateMask: { fieldPaths: prng.shuffle(paths) } };
}

/** Preconditions; update times come from earlier results of the same case. */
export function precondition(prng: Prng, earlier: readonly string[]): Message | undefined {
  if (prng.chance(0.65)) return undefined;
  const times: Json[] = earlier.map((step) => from(step, 'commitTime'));
  return prng.weighted<() => Message>([
    [3, () => ({ exists: true })],
    [3, () => ({ exists: false })],
    [times.length > 0 ? 4 : 0, () => ({ updateTime: prng.pick(times) })],
    [0.3, () => ({ updateTime: { seconds: '1', nanos: 0 } })],
    [0.3, () => ({})],
  ])();
}

function currentDocument(prng: Prng, earlier: readonly string[]): Message {
  const condition = precondition(prng, earlier);
  return condition ? { currentDocument: condition } : {};
}

export function write(prng: Prng, { names }: Scope, earlier: readonly string[]): Message {
  const name = prng.pick(names);
  const condition = currentDocument(prng, earlier);
  return prng.weighted<() => Message>([
    [
      8,
      () => {
        const { fields: data, updateMask } = dataAndMask(prng);
        const update: Message = { update: { name, fields: data }, ...condition };
        if (updateMask) update.updateMask = updateMask;
        if (prng.chance(0.25)) update.updateTransforms = transforms(prng);
        return update;
      },
    ],
    [3, () => ({ update: { name }, updateMask: {}, updateTransforms: transforms(prng), ...condition })],
    [3, () => ({ delete: name, ...condition })],
    [1, () => ({ transform: { document: name, fieldTransforms: transforms(prng) }, ...condition })],
    [
      1,
      () => ({
        verify: name,
        ...(prng.chance(0.9) ? { currentDocument: { exists: prng.chance(0.5) } } : condition),
      }),
    ],
    [1.5, () => ({ update: { name, fields: { a: scalar(prng) } }, ...condition })],
  ])();
}

/** Reads everything that the case may have written. */
export function readBack(prng: Prng, { base, names }: Scope): Step[] {
  const parts = /^(projects\/[^/]+\/databases\/[^/]+)/.exec(base);
  const all: Step = {
    id: 'back',
    rpc: 'BatchGetDocuments',
    request: { database: parts?.[1] ?? '', documents: names },
  };
  const query: Step = {
    id: 'list',
    rpc: 'RunQuery',
    request: { parent: base, structuredQuery: { from: [{ collectionId: 'x', allDescendants: true }] } },
  };
  return prng.chance(0.5) ? [all] : [all, query];
}
