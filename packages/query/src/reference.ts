import { type Json, toReference } from '@telestack/values';

/** The document path of a reference value: what follows "projects/p/databases/d/documents/". */
export function pathOf(reference: Json): string {
  const name = toReference(reference)!;
  return name.slice(name.indexOf('/documents/') + '/documents/'.length);
}
