import type { DocumentMask } from '@telestack/protos/google/firestore/v1/common.ts';
import { type FieldPath, parseFieldPaths, projectFields } from '@telestack/values';
import type { StoredDocument } from '../read/row.ts';

export const parseMask = (mask: DocumentMask | undefined): FieldPath[] | undefined =>
  mask && parseFieldPaths(mask.fieldPaths);

/** A document with only the fields of a mask; without one, as it is. */
export function masked(document: StoredDocument, mask: readonly FieldPath[] | undefined): StoredDocument {
  return mask === undefined ? document : { ...document, fields: projectFields(document.fields, mask) };
}
