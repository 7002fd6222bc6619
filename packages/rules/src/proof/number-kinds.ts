import { Constraint } from '../values/constraint.ts';
import { LiteralMap, RulesMap } from '../values/map.ts';
import type { Value } from '../values/value.ts';
import { PartialMap } from './partial-map.ts';

/**
 * The same knowledge with integers as floats and integral floats as integers; undefined when there are none. A filter's 1 admits
 * documents with 1.0, which rules can tell apart (`is int`, `in`), so a rule is proven for both.
 */
export function otherNumberKinds(known: PartialMap): PartialMap | undefined {
  const swapped = new Map(known.keys().map((key) => [key, swap(known.get(key)!)]));
  return [...swapped].some(([key, value]) => value !== known.get(key)) ? new PartialMap(swapped) : undefined;
}

/** The value itself when it holds no such number. */
function swap(value: Value): Value {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return unlessSame(value, value.map(swap));
  if (value instanceof Constraint) {
    const values = value.conditions.map((condition) => swap(condition.value));
    if (values.every((one, i) => one === value.conditions[i]!.value)) return value;
    return new Constraint(value.conditions.map((condition, i) => ({ ...condition, value: values[i]! })));
  }
  if (value instanceof PartialMap) return otherNumberKinds(value) ?? value;
  if (!(value instanceof RulesMap)) return value;
  const members = value.keys().map((key): [string, Value] => [key, value.get(key)!]);
  const swapped = members.map(([key, member]): [string, Value] => [key, swap(member)]);
  return swapped.some(([, member], i) => member !== members[i]![1])
    ? new LiteralMap(new Map(swapped))
    : value;
}

const unlessSame = (list: readonly Value[], swapped: readonly Value[]): readonly Value[] =>
  swapped.every((value, i) => value === list[i]) ? list : swapped;
