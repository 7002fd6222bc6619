import { textOf } from '../functions/conversions.ts';
import { method } from '../functions/signature.ts';
import { EvaluationError } from '../values/error.ts';
import type { RulesMap } from '../values/map.ts';
import type { Path } from '../values/path.ts';

/** Methods of paths. */
export const pathMethods = {
  /** Fills the holes of a template such as `path('/a/{b}')`. */
  bind: method<[Path, RulesMap]>(['path.bind(map)'], (path, values) => {
    const missing = values.keys().filter((name) => !path.holes.includes(name));
    if (missing.length > 0) {
      return new EvaluationError(`Variable(s) ${missing.join(', ')} do not exist in the path template.`);
    }
    return path.bind((name) => {
      const value = values.get(name);
      return value === undefined ? undefined : textOf(value);
    });
  }),
};
