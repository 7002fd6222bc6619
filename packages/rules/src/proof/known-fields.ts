import { type FieldFilter, isNameField } from '@telestack/query';
import type { Json } from '@telestack/values';
import { type Condition, Constraint } from '../values/constraint.ts';
import { fromStored } from '../values/stored.ts';
import type { Value } from '../values/value.ts';
import { PartialMap } from './partial-map.ts';

/** What is known of one field: conditions on it, and what is known of fields inside of it. */
interface Knowledge {
  readonly conditions: Condition[];
  readonly inside: Map<string, Knowledge>;
}

const nothing = (): Knowledge => ({ conditions: [], inside: new Map() });

/** The data of every document that satisfies all of the filters, as far as they tell. */
export function knownFields(filters: readonly FieldFilter[]): PartialMap {
  const root = nothing();
  for (const filter of filters) {
    if (isNameField(filter.field)) continue;
    let knowledge = root;
    for (const name of filter.field) {
      const known = knowledge.inside.get(name) ?? nothing();
      knowledge.inside.set(name, known);
      knowledge = known;
    }
    knowledge.conditions.push(...conditionsOf(filter));
  }
  return partialMap(root);
}

const partialMap = ({ inside }: Knowledge): PartialMap =>
  new PartialMap(new Map([...inside].map(([name, knowledge]) => [name, valueOfKnowledge(knowledge)])));

function valueOfKnowledge(knowledge: Knowledge): Value {
  const { conditions, inside } = knowledge;
  const equalities = conditions.filter(({ comparator }) => comparator === '==');
  if (equalities.length === 1) return equalities[0]!.value;
  return inside.size > 0 ? partialMap(knowledge) : new Constraint(conditions);
}

const NOT_NULL: Condition = { comparator: '!=', value: null };

/** `!=` and `not-in` leave null out. */
function conditionsOf({ op, value }: FieldFilter): Condition[] {
  switch (op) {
    case 'is-null':
      return [{ comparator: '==', value: null }];
    case 'is-not-null':
      return [NOT_NULL];
    case 'is-nan':
      return [{ comparator: '==', value: Number.NaN }];
    case 'is-not-nan':
      return [NOT_NULL, { comparator: '!=', value: Number.NaN }];
    case 'array-contains':
      return [{ comparator: 'contains', value: fromStored(value) }];
    case '!=':
      return [NOT_NULL, { comparator: '!=', value: fromStored(value) }];
    case 'not-in':
      return [
        NOT_NULL,
        ...(value as Json[]).map((one): Condition => ({ comparator: '!=', value: fromStored(one) })),
      ];
    case 'in':
    case 'array-contains-any':
      // The normal form has none of these; without them less is known.
      return [];
    default:
      return [{ comparator: op, value: fromStored(value) }];
  }
}
