import type { FieldPath } from '@telestack/values';

/** The document's own name as a field. */
export const NAME_FIELD: FieldPath = ['__name__'];

export const isNameField = (field: FieldPath): boolean => field.length === 1 && field[0] === '__name__';

/** One text per field path. */
export const fieldKey = (field: FieldPath): string => JSON.stringify(field);
