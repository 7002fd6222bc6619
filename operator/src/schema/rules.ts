import type { Rule } from './schema.ts';

/** Exactly one of the fields is given. */
export function exactlyOne(...fields: readonly string[]): Rule {
  const count = fields.map((field) => `(has(self.${field}) ? 1 : 0)`).join(' + ');
  return { rule: `${count} == 1`, message: `exactly one of ${fields.join(', ')} must be set` };
}

/** The rule counts only where the field `enabled` is true. */
export function whenEnabled({ rule, ...rest }: Rule): Rule {
  return { rule: `!self.enabled || ${rule}`, ...rest };
}

export function atMostOne(...fields: readonly string[]): Rule {
  const count = fields.map((field) => `(has(self.${field}) ? 1 : 0)`).join(' + ');
  return { rule: `${count} <= 1`, message: `only one of ${fields.join(', ')} may be set` };
}

/** An optional field can be neither changed, set nor taken away once the object exists. */
export function immutableField(field: string): Rule {
  return {
    rule: `has(self.${field}) == has(oldSelf.${field}) && (!has(self.${field}) || self.${field} == oldSelf.${field})`,
    message: `${field} cannot be changed`,
    reason: 'FieldValueForbidden',
    fieldPath: `.${field}`,
  };
}

/** A quantity that may only grow. */
export function onlyGrows(field: string): Rule {
  return {
    rule: `quantity(self.${field}).compareTo(quantity(oldSelf.${field})) >= 0`,
    message: `${field} cannot shrink`,
    reason: 'FieldValueForbidden',
    fieldPath: `.${field}`,
  };
}
