import { compareText, type FieldPath } from '@telestack/values';

/** The document's own name as a field. */
export const NAME_FIELD: FieldPath = ['__name__'];

export const isNameField = (field: FieldPath): boolean => field.length === 1 && field[0] === '__name__';

/** One text per field path. */
export const fieldKey = (field: FieldPath): string => JSON.stringify(field);

/** Segment by segment; a prefix is smaller. */
export function compareFields(a: FieldPath, b: FieldPath): number {
  for (const [i, name] of a.entries()) {
    const other = b[i];
    const order = other === undefined ? 1 : compareText(name, other);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}
