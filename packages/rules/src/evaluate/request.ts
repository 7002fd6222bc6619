import { JsonMap } from '../values/json.ts';
import { mapOf, RulesMap } from '../values/map.ts';
import { Path } from '../values/path.ts';
import { Timestamp } from '../values/timestamp.ts';
import type { Value } from '../values/value.ts';

/** Who asks. */
export interface Auth {
  readonly uid: string | null;
  /** The claims of the token, as in its JSON. */
  readonly token: { readonly [claim: string]: unknown };
}

/** What a decision depended on beside documents: it may change when these do. */
export interface Dependencies {
  time: boolean;
  auth: boolean;
}

/** The variable `request`. It notes what rules look at. */
export class RequestMap extends RulesMap {
  readonly dependencies: Dependencies = { time: false, auth: false };
  readonly #members: ReadonlyMap<string, Value>;

  constructor(members: ReadonlyMap<string, Value>) {
    super();
    this.#members = members;
  }

  override get(key: string): Value | undefined {
    if (key === 'time') this.dependencies.time = true;
    else if (key === 'auth') this.dependencies.auth = true;
    return this.#members.get(key);
  }

  override has(key: string): boolean {
    return this.#members.has(key);
  }

  override keys(): string[] {
    return [...this.#members.keys()];
  }
}

export interface RequestParts {
  readonly method: string;
  /** Undefined when it is not known: queries over collection groups. */
  readonly path: readonly string[] | undefined;
  readonly auth: Auth | null;
  /** Microseconds since the epoch. */
  readonly time: number;
  /** Members that only some requests have. */
  readonly more: { readonly [name: string]: Value | undefined };
}

export function requestMap({ method, path, auth, time, more }: RequestParts): RequestMap {
  const members = new Map<string, Value>([
    ['auth', auth === null ? null : mapOf({ uid: auth.uid, token: new JsonMap(auth.token) })],
    ['method', method],
    ['time', Timestamp.ofMicros(time)],
  ]);
  if (path !== undefined) members.set('path', new Path(path));
  for (const name in more) if (more[name] !== undefined) members.set(name, more[name]);
  return new RequestMap(members);
}
