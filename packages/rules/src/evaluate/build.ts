import type { Ruleset } from '../ruleset.ts';
import type { AllowStatement, MatchStatement, RulesFile } from '../syntax/ast.ts';
import { Compiler } from './compiler.ts';
import type { Service } from './lookup-functions.ts';
import type { CompiledAllow, MatchNode } from './match.ts';
import { Scope } from './scope.ts';

const METHODS: Readonly<Record<string, readonly string[]>> = {
  read: ['get', 'list'],
  write: ['create', 'update', 'delete'],
};

/** The matches of a checked file, with conditions as closures. */
export function buildMatches({ version, functions, services }: RulesFile): Ruleset {
  const top = new Scope(undefined, new Map(), functions);
  const built: { [service in Service]?: readonly MatchNode[] } = {};
  for (const { name, body } of services) {
    if (name !== 'cloud.firestore' && name !== 'firebase.storage') continue;
    const scope = new Scope(top, new Map(), body.functions);
    const builder = new Builder(new Compiler(name, scope), version === '2');
    built[name] = [...(built[name] ?? []), ...body.matches.map((match) => builder.match(match, scope, 0))];
  }
  return { version, services: built };
}

class Builder {
  readonly #compiler: Compiler;
  readonly #isVersion2: boolean;

  constructor(compiler: Compiler, isVersion2: boolean) {
    this.#compiler = compiler;
    this.#isVersion2 = isVersion2;
  }

  /** `slot` is the number of wildcards above. */
  match({ path, body }: MatchStatement, parent: Scope, slot: number): MatchNode {
    const names = path.flatMap((part) => (part.kind === 'wildcard' ? [part.name] : []));
    const captures = new Map(names.map((name, i) => [name, slot + i]));
    const scope = new Scope(parent, captures, body.functions);
    return {
      parts: path,
      allows: body.allows.map((allow) => this.#allow(allow, scope)),
      children: body.matches.map((child) => this.match(child, scope, slot + names.length)),
      matchesNothing: this.#isVersion2,
    };
  }

  #allow({ at, methods, condition }: AllowStatement, scope: Scope): CompiledAllow {
    return {
      methods: new Set(methods.flatMap(({ name }) => METHODS[name] ?? [name])),
      line: (condition?.at ?? at).line,
      condition: condition === undefined ? () => true : this.#compiler.at(scope).expression(condition),
    };
  }
}
