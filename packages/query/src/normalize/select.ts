import type { StructuredQuery_Projection as Projection } from '@telestack/protos/google/firestore/v1/query.ts';
import { parseFieldPaths } from '@telestack/values';
import { isNameField } from '../field.ts';
import type { Query } from '../types.ts';

/** A projection without fields, or of the name alone, returns none: every result has its name. */
export function parseSelect(select: Projection | undefined): Query['select'] {
  if (select === undefined) return undefined;
  const paths = parseFieldPaths(select.fields.map(({ fieldPath }) => fieldPath));
  return paths.filter((field) => !isNameField(field));
}
