import { deleteField, type FieldPath, getField, setField } from './field-path.ts';
import type { Fields } from './json.ts';

const isName = (path: FieldPath): boolean => path.length === 1 && path[0] === '__name__';

/**
 * The fields that a read asks for. A path that leads nowhere adds nothing, nor do the maps on its way; `__name__` is
 * no field. No paths, no fields.
 */
export function projectFields(fields: Fields, paths: readonly FieldPath[]): Fields {
  let result: Fields = {};
  for (const path of paths) {
    if (isName(path)) continue;
    const value = getField(fields, path);
    if (value !== undefined) result = setField(result, path, value);
  }
  return result;
}

/** The fields after an update with a mask: its paths are taken from the update, and deleted where that lacks them. */
export function mergeFields(
  existing: Fields | undefined,
  update: Fields,
  maskPaths: readonly FieldPath[],
): Fields {
  let result = existing ?? {};
  for (const path of maskPaths) {
    if (isName(path)) continue;
    const value = getField(update, path);
    result = value === undefined ? deleteField(result, path) : setField(result, path, value);
  }
  return result;
}
