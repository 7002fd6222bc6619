import { Scope } from '../evaluate/scope.ts';
import type { Block, FunctionDeclaration, MatchStatement, RulesFile } from '../syntax/ast.ts';
import type { Problem } from '../syntax/position.ts';
import { checkCalls } from './calls.ts';
import { checkExpression } from './expression.ts';
import { checkFunctions } from './functions.ts';
import { checkMatchPath, type OuterPath } from './paths.ts';
import { Problems } from './problems.ts';

const METHODS = new Set(['read', 'write', 'get', 'list', 'create', 'update', 'delete']);

/** What is wrong with a file that parses: errors keep it from being used, warnings tell of what always fails. */
export function analyze(file: RulesFile): Problem[] {
  const problems = new Problems();
  if (file.version === '1') {
    problems.warn(
      { line: 1, column: 1 },
      'Ruleset uses old version (version [1]). Please update to the latest version (version [2]).',
    );
  }
  const analysis = new Analysis(file, problems);
  analysis.run();
  checkCalls(analysis.declared, problems);
  return problems.all;
}

class Analysis {
  readonly declared = new Map<FunctionDeclaration, Scope>();
  readonly #file: RulesFile;
  readonly #problems: Problems;

  constructor(file: RulesFile, problems: Problems) {
    this.#file = file;
    this.#problems = problems;
  }

  run(): void {
    const top = this.#enter(undefined, new Map(), this.#file.functions);
    for (const { body } of this.#file.services) {
      this.#block(body, this.#enter(top, new Map(), body.functions), { parts: [] });
    }
  }

  #enter(
    parent: Scope | undefined,
    captures: ReadonlyMap<string, number>,
    functions: readonly FunctionDeclaration[],
  ): Scope {
    const scope = new Scope(parent, captures, functions);
    for (const declaration of functions) this.declared.set(declaration, scope);
    checkFunctions(functions, scope, this.#problems);
    return scope;
  }

  #block({ matches, allows }: Block, scope: Scope, outer: OuterPath): void {
    for (const { methods, condition } of allows) {
      for (const { name, at } of methods) {
        if (!METHODS.has(name)) this.#problems.warn(at, `Invalid method name: ${name}.`);
      }
      if (condition !== undefined) checkExpression(condition, scope, new Set(), this.#problems);
    }
    for (const match of matches) this.#match(match, scope, outer);
  }

  #match(match: MatchStatement, parent: Scope, outer: OuterPath): void {
    checkMatchPath(match, outer, this.#file.version, this.#problems);
    const names = match.path.flatMap((part) => (part.kind === 'wildcard' ? [part.name] : []));
    const scope = this.#enter(parent, new Map(names.map((name) => [name, 0])), match.body.functions);
    this.#block(match.body, scope, { parts: [...outer.parts, ...match.path] });
  }
}
