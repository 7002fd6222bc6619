import type { Prng } from '../prng.ts';
import type { Message } from '../wire.ts';
import { element, fieldValue, QUERY_FIELDS } from './documents.ts';
import { array, nothing } from './values.ts';

const INEQUALITIES = ['LESS_THAN', 'LESS_THAN_OR_EQUAL', 'GREATER_THAN', 'GREATER_THAN_OR_EQUAL'] as const;
const UNARY = ['IS_NULL', 'IS_NAN', 'IS_NOT_NULL', 'IS_NOT_NAN'] as const;

export function fieldFilter(field: string, op: string | number, value: Message): Message {
  return { fieldFilter: { field: { fieldPath: field }, op, value } };
}

export function composite(op: 'AND' | 'OR', filters: Message[]): Message {
  return { compositeFilter: { op, filters } };
}

function field(prng: Prng): string {
  return prng.weighted<string>([
    [4, 'a'],
    [3, 'b'],
    [2, 'n'],
    [2, 's'],
    [1, 'c'],
    [1, 'm.x'],
    [1, prng.pick(QUERY_FIELDS)],
  ]);
}

function nameFilter(prng: Prng, names: readonly string[]): Message {
  const name = () => ({ referenceValue: prng.pick(names) });
  const op = prng.pick(['EQUAL', 'NOT_EQUAL', 'IN', 'NOT_IN', ...INEQUALITIES] as const);
  const operand = op === 'IN' || op === 'NOT_IN' ? array(...prng.list(1, 4, name)) : name();
  return fieldFilter('__name__', op, operand);
}

/** One filter without parts. */
export function leaf(prng: Prng, names: readonly string[]): Message {
  if (prng.chance(0.05)) return nameFilter(prng, names);
  const path = field(prng);
  return prng.weighted<() => Message>([
    [10, () => fieldFilter(path, 'EQUAL', fieldValue(prng, path))],
    [8, () => fieldFilter(path, prng.pick(INEQUALITIES), fieldValue(prng, path))],
    [2, () => fieldFilter(path, 'NOT_EQUAL', fieldValue(prng, path))],
    [3, () => fieldFilter(path, 'IN', array(...prng.list(1, 5, () => plain(prng, path))))],
    [1.5, () => fieldFilter(path, 'NOT_IN', array(...prng.list(1, 5, () => plain(prng, path))))],
    [3, () => fieldFilter('list', 'ARRAY_CONTAINS', element(prng))],
    [2, () => fieldFilter('list', 'ARRAY_CONTAINS_ANY', array(...prng.list(1, 4, () => element(prng))))],
    [2, () => ({ unaryFilter: { op: prng.pick(UNARY), field: { fieldPath: path } } })],
    [0.3, () => fieldFilter(path, 'EQUAL', nothing())],
  ])();
}

/** Operand lists hold anything but an array in an array, which the wire allows and values do not. */
function plain(prng: Prng, path: string): Message {
  const value = fieldValue(prng, path);
  return value;
}

/** A filter tree: mostly a leaf or a conjunction, sometimes nested disjunctions. */
export function filter(prng: Prng, names: readonly string[], depth = 2): Message {
  if (depth === 0 || prng.chance(0.5)) return leaf(prng, names);
  const op = prng.chance(0.6) ? 'AND' : 'OR';
  return composite(
    op,
    prng.list(1, 3, () => filter(prng, names, depth - 1)),
  );
}

/** Every field path in a filter, so that orders and cursors can use the same fields. */
export function filteredFields(tree: Message | undefined): string[] {
  const found = new Set<string>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (value && typeof value === 'object') {
      for (const [key, item] of Object.entries(value)) {
        if (key === 'fieldPath' && typeof item === 'string') found.add(item);
        else if (key !== 'value') visit(item);
      }
    }
  };
  visit(tree);
  return [...found];
}
