import type { Prng } from '../prng.ts';
import type { Message } from '../wire.ts';
import { smallNumber } from './documents.ts';
import { fieldPath } from './names.ts';
import { mapKey, scalar, value } from './values.ts';

function amount(prng: Prng): Message {
  if (prng.chance(0.6)) return smallNumber(prng);
  for (;;) {
    const operand = scalar(prng);
    if ('integerValue' in operand || 'doubleValue' in operand || prng.chance(0.02)) return operand;
  }
}

function elements(prng: Prng): Message {
  return { values: prng.list(0, 4, () => (prng.chance(0.7) ? smallNumber(prng) : value(prng, 1, true))) };
}

export function transform(prng: Prng): Message {
  const path = prng.chance(0.8)
    ? prng.pick(['a', 'b', 'c', 'a.b'])
    : fieldPath(...prng.list(1, 3, () => mapKey(prng)));
  return {
    fieldPath: path,
    ...prng.weighted<() => Message>([
      [4, () => ({ increment: amount(prng) })],
      [2, () => ({ maximum: amount(prng) })],
      [2, () => ({ minimum: amount(prng) })],
      [3, () => ({ appendMissingElements: elements(prng) })],
      [3, () => ({ removeAllFromArray: elements(prng) })],
      [1, () => ({ setToServerValue: 'REQUEST_TIME' })],
    ])(),
  };
}

/** One to four transforms, often several on one field. */
export function transforms(prng: Prng): Message[] {
  return prng.list(1, prng.chance(0.3) ? 4 : 2, () => transform(prng));
}
