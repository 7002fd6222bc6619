import { invalidArgument } from '@telestack/errors';
import type { Route } from './route.ts';

export interface Match {
  readonly route: Route;
  readonly params: Record<string, string>;
}

interface Compiled {
  readonly route: Route;
  readonly pattern: RegExp;
  readonly names: readonly string[];
  readonly isLiteral: boolean;
}

/**
 * Finds the route of a request. Of several that fit, the one declared first serves, but a path without variables goes before those with some.
 */
export class Router {
  readonly #byMethod = new Map<string, Compiled[]>();

  constructor(routes: readonly Route[]) {
    for (const route of routes) {
      const compiled = compile(route);
      const list = this.#byMethod.get(route.method) ?? [];
      if (compiled.isLiteral) list.unshift(compiled);
      else list.push(compiled);
      this.#byMethod.set(route.method, list);
    }
  }

  /**
   * @param path the raw (still encoded) path
   * @throws StatusError INVALID_ARGUMENT where its encoding is broken
   */
  match(method: string, path: string): Match | undefined {
    for (const { route, pattern, names } of this.#byMethod.get(method) ?? []) {
      const found = pattern.exec(path);
      if (!found) continue;
      const params: Record<string, string> = {};
      names.forEach((name, i) => {
        params[name] = decode(found[i + 1]!);
      });
      if (route.fits?.(params) === false) continue;
      return { route, params };
    }
    return undefined;
  }

  /** The methods that a path knows, for 405 and OPTIONS. */
  methodsOf(path: string): string[] {
    return [...this.#byMethod.keys()].filter((method) => this.match(method, path) !== undefined);
  }
}

function compile(route: Route): Compiled {
  const names: string[] = [];
  const source = route.path.replaceAll(
    /\{([\w.]+)(?:=([^}]+))?\}|[^{}]+/g,
    (text, name?: string, segments = '*') => {
      if (name === undefined) return literal(text);
      names.push(name);
      return `(${segments
        .split(/(\/?\*\*|\*)/)
        .map(segmentSource)
        .join('')})`;
    },
  );
  return { route, pattern: new RegExp(`^${source}$`), names, isLiteral: names.length === 0 };
}

const literal = (text: string): string => text.replaceAll(/[.*+?^$()[\]\\|/]/g, '\\$&');

function segmentSource(text: string): string {
  if (text === '*') return '[^/]+?';
  if (text === '**') return '.+?';
  // After other segments there may be none.
  return text === '/**' ? '(?:/.+?)?' : literal(text);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw invalidArgument('The path is not valid percent-encoded UTF-8.', { cause });
  }
}
