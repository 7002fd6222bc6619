import type { StructuredQuery_Projection as Projection } from '@telestack/protos/google/firestore/v1/query.ts';
import { parseFieldPath } from '@telestack/values';
import { isNameField } from '../field.ts';
import type { Query } from '../types.ts';

/** A projection without fields returns all of them; the name alone returns none (every result has its name). */
export function parseSelect(select: Projection | undefined): Query['select'] {
  if (select === undefined || select.fields.length === 0) return undefined;
  return select.fields
    .map(({ fieldPath }) => parseFieldPath(fieldPath))
    .filter((field) => !isNameField(field));
}
