import type { Builtin } from '../functions/signature.ts';
import type { TypeName } from '../values/value.ts';
import { bytesMethods } from './bytes.ts';
import { constraintMethods } from './constraint.ts';
import { durationMethods } from './duration.ts';
import { latLngMethods } from './latlng.ts';
import { listMethods } from './list.ts';
import { mapMethods } from './map.ts';
import { mapDiffMethods } from './map-diff.ts';
import { pathMethods } from './path.ts';
import { setMethods } from './set.ts';
import { stringMethods } from './string.ts';
import { timestampMethods } from './timestamp.ts';

type Methods = { readonly [name: string]: Builtin };

const BY_TYPE: { readonly [type in TypeName]?: Methods } = {
  bytes: bytesMethods,
  constraint: constraintMethods,
  duration: durationMethods,
  latlng: latLngMethods,
  list: listMethods,
  map: mapMethods,
  map_diff: mapDiffMethods,
  path: pathMethods,
  set: setMethods,
  string: stringMethods,
  timestamp: timestampMethods,
};

/** Methods of one name, by the type that has them; undefined when no type has. */
export function methodsNamed(name: string): ReadonlyMap<TypeName, Builtin> | undefined {
  const found = new Map<TypeName, Builtin>();
  for (const [type, methods] of Object.entries(BY_TYPE)) {
    if (Object.hasOwn(methods, name)) found.set(type as TypeName, methods[name]!);
  }
  return found.size > 0 ? found : undefined;
}
