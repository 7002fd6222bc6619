import type { Value } from './value.ts';

export type Comparator = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'contains';

export interface Condition {
  readonly comparator: Comparator;
  readonly value: Value;
}

/**
 * A field of which a query tells something, but not its value: all of the conditions hold. What follows from none of them is an error,
 * so that a rule that needs it is not proven.
 */
export class Constraint {
  readonly conditions: readonly Condition[];

  constructor(conditions: readonly Condition[]) {
    this.conditions = conditions;
  }

  /** The answer of the first condition that has one. */
  decide(answer: (condition: Condition) => boolean | undefined): boolean | undefined {
    for (const condition of this.conditions) {
      const decided = answer(condition);
      if (decided !== undefined) return decided;
    }
    return undefined;
  }

  /** What the field, a list, is known to hold. */
  get elements(): readonly Value[] {
    return this.conditions.flatMap(({ comparator, value }) => (comparator === 'contains' ? [value] : []));
  }
}
