import { textOf } from '../functions/conversions.ts';
import { method } from '../functions/signature.ts';
import { EvaluationError, isError, typeError } from '../values/error.ts';
import type { RulesMap } from '../values/map.ts';
import { Path } from '../values/path.ts';
import { typeOfValue } from '../values/type-of.ts';

/** Methods of paths. */
export const pathMethods = {
  /** Fills the holes of a template such as `path('/a/{b}')`. */
  bind: method<[Path, RulesMap]>(['path.bind(map)'], (path, values) => {
    const missing = values.keys().filter((name) => !path.holes.includes(name));
    if (missing.length > 0) {
      return new EvaluationError(`Variable(s) ${missing.join(', ')} do not exist in the path template.`);
    }
    return path.bind(({ name, recursive }) => {
      const value = values.get(name);
      if (value === undefined) return [];
      if (recursive)
        return value instanceof Path ? (value.texts() ?? []) : typeError(typeOfValue(value), 'path');
      const text = textOf(value);
      return isError(text) ? text : [text];
    });
  }),
};
