import { conversions } from './conversions.ts';
import { durationFunctions } from './duration.ts';
import { hashingFunctions } from './hashing.ts';
import { latLngFunctions } from './latlng.ts';
import { mathFunctions } from './math.ts';
import type { Builtin } from './signature.ts';
import { timestampFunctions } from './timestamp.ts';

const qualified = (namespace: string, functions: { readonly [name: string]: Builtin }) =>
  Object.entries(functions).map(([name, run]) => [`${namespace}.${name}`, run] as const);

/** Functions that need nothing but their arguments. */
const FUNCTIONS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  ...Object.entries(conversions),
  ...qualified('duration', durationFunctions),
  ...qualified('hashing', hashingFunctions),
  ...qualified('latlng', latLngFunctions),
  ...qualified('math', mathFunctions),
  ...qualified('timestamp', timestampFunctions),
]);

export const functionNamed = (name: string): Builtin | undefined => FUNCTIONS.get(name);
