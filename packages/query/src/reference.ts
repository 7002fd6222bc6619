import type { Json } from '@telestack/values';

/** The document path of a reference value: what follows "projects/p/databases/d/documents/". */
export function pathOf(reference: Json): string {
  const { $ref } = reference as { $ref: string };
  return $ref.slice($ref.indexOf('/documents/') + '/documents/'.length);
}
