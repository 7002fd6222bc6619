import { method } from '../functions/signature.ts';
import { contains } from '../values/equality.ts';
import { RulesSet } from '../values/set.ts';
import { setOf } from '../values/set-of.ts';
import type { List, Result } from '../values/value.ts';
import { allIn, anyIn } from './membership.ts';

const elementsOf = (collection: List | RulesSet): List =>
  collection instanceof RulesSet ? collection.elements : collection;

const isIn = (element: List[number], set: RulesSet): boolean =>
  contains(set.elements, element, 'member') === true;

const withCollection = (name: string, run: (elements: List, wanted: List) => Result) =>
  method<[RulesSet, List | RulesSet]>([`set.${name}(list)`, `set.${name}(set)`], (set, other) =>
    run(set.elements, elementsOf(other)),
  );

/** Methods of sets. 1 and 1.0 are one element. */
export const setMethods = {
  difference: method<[RulesSet, RulesSet]>(['set.difference(set)'], (set, other) =>
    setOf(set.elements.filter((element) => !isIn(element, other))),
  ),
  hasAll: withCollection('hasAll', (elements, wanted) => allIn(wanted, elements, 'member')),
  hasAny: withCollection('hasAny', (elements, wanted) => anyIn(wanted, elements, 'member')),
  /** Whether all elements are among the given ones. */
  hasOnly: withCollection('hasOnly', (elements, allowed) => allIn(elements, allowed, 'member')),
  intersection: method<[RulesSet, RulesSet]>(['set.intersection(set)'], (set, other) =>
    setOf(set.elements.filter((element) => isIn(element, other))),
  ),
  size: method<[RulesSet]>(['set.size()'], (set) => BigInt(set.elements.length)),
  union: method<[RulesSet, RulesSet]>(['set.union(set)'], (set, other) =>
    setOf([...set.elements, ...other.elements]),
  ),
};
