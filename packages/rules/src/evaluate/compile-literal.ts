import { textOf } from '../functions/conversions.ts';
import type { Expression, PathPart } from '../syntax/ast.ts';
import { isError, typeError } from '../values/error.ts';
import { LiteralMap } from '../values/map.ts';
import { type Hole, Path } from '../values/path.ts';
import { typeOfValue } from '../values/type-of.ts';
import type { Value } from '../values/value.ts';
import type { Evaluate } from './context.ts';

export function compileList(elements: readonly Evaluate[]): Evaluate {
  return (context) => {
    const values: Value[] = [];
    for (const element of elements) {
      const value = element(context);
      if (isError(value)) return value;
      values.push(value);
    }
    return values;
  };
}

export function compileMap(entries: readonly (readonly [key: Evaluate, value: Evaluate])[]): Evaluate {
  return (context) => {
    const members = new Map<string, Value>();
    for (const [keyOf, memberOf] of entries) {
      const key = keyOf(context);
      if (isError(key)) return key;
      if (typeof key !== 'string') return typeError(typeOfValue(key), 'string');
      const value = memberOf(context);
      if (isError(value)) return value;
      members.set(key, value);
    }
    return new LiteralMap(members);
  };
}

/** `/a/$(b)`: what is inserted becomes text; a path inserts all of its segments. */
export function compilePath(parts: readonly PathPart[], compile: (part: Expression) => Evaluate): Evaluate {
  const sources = parts.map((part): string | Hole | Evaluate => {
    if (part.kind === 'text') return part.text;
    return part.kind === 'expression' ? compile(part.expression) : part;
  });
  return (context) => {
    const segments: (string | Hole)[] = [];
    for (const source of sources) {
      if (typeof source !== 'function') {
        segments.push(source);
        continue;
      }
      const value = source(context);
      if (isError(value)) return value;
      if (value instanceof Path) {
        segments.push(...value.segments);
        continue;
      }
      const text = textOf(value);
      if (isError(text)) return text;
      segments.push(text);
    }
    return new Path(segments);
  };
}
