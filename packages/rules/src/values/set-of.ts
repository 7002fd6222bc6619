import { contains } from './equality.ts';
import { RulesSet } from './set.ts';
import type { Value } from './value.ts';

/** Of equal values the first stays. */
export function setOf(values: Iterable<Value>): RulesSet {
  const texts = new Set<string>();
  const others: Value[] = [];
  const elements: Value[] = [];
  for (const value of values) {
    if (typeof value === 'string') {
      if (texts.has(value)) continue;
      texts.add(value);
    } else {
      if (contains(others, value, 'member') === true) continue;
      others.push(value);
    }
    elements.push(value);
  }
  return new RulesSet(elements);
}
