import type { FieldPath, Json } from '@telestack/values';
import { indexKey, isCut, sortKey } from '@telestack/values';
import { literal } from './parameters.ts';

/** A field of document `d` as jsonb. */
export function fieldSql(field: FieldPath): string {
  // A member whose key JSON or the tag syntax cannot hold is in `$keys`: docs/spec/storage.md.
  const isPlain = field.every((segment) => !segment.startsWith('$') && !segment.includes('\0'));
  if (isPlain) return `(d.data${field.map((segment) => ` -> ${literal(segment)}`).join('')})`;
  return field.reduce((sql, segment) => {
    const escaped = segment.replaceAll('%', '%25').replaceAll('\0', '%00');
    const inKeys = `${sql} -> '$keys' -> ${literal(escaped)}`;
    if (segment.includes('\0') || segment === '$keys') return `(${inKeys})`;
    if (!segment.startsWith('$')) return `(${sql} -> ${literal(segment)})`;
    // Alone in its object the key would be a tag, and a tag has no members.
    return `(CASE WHEN jsonb_typeof(${sql}) <> 'object' THEN NULL
      WHEN telestack.is_tag(${sql}, ${literal(segment)}) THEN NULL
      ELSE coalesce(${sql} -> ${literal(segment)}, ${inKeys}) END)`;
  }, 'd.data');
}

/** The indexed key of a field: NULL where the field is missing. */
export const indexKeySql = (field: FieldPath): string =>
  `telestack.index_key(${fieldSql(field)}) COLLATE "C"`;

/** The whole key of a field, for values that the index cuts off. */
export const sortKeySql = (field: FieldPath): string => `telestack.sort_key(${fieldSql(field)}) COLLATE "C"`;

export interface ValueKey {
  readonly full: string;
  readonly index: string;
  /** The index alone cannot tell this value from others that begin alike. */
  readonly isCut: boolean;
}

export function valueKey(value: Json): ValueKey {
  const full = sortKey(value);
  return { full, index: indexKey(full), isCut: isCut(full) };
}
