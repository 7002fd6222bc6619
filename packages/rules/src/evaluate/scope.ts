import type { FunctionDeclaration } from '../syntax/ast.ts';

/**
 * What names mean at a place: wildcards of the enclosing matches, functions declared there, and, inside of a function, its parameters and
 * `let` names. A name means the innermost thing that has it.
 */
export class Scope {
  readonly parent: Scope | undefined;
  /** Slot in `Context.captures` by wildcard. */
  readonly captures: ReadonlyMap<string, number>;
  readonly functions: ReadonlyMap<string, FunctionDeclaration>;

  constructor(
    parent: Scope | undefined,
    captures: ReadonlyMap<string, number>,
    functions: readonly FunctionDeclaration[],
  ) {
    this.parent = parent;
    this.captures = captures;
    this.functions = new Map(functions.map((declaration) => [declaration.name, declaration]));
  }

  captureSlot(name: string): number | undefined {
    return this.captures.get(name) ?? this.parent?.captureSlot(name);
  }

  /** A declaration and the scope that it sees. */
  findFunction(name: string): { declaration: FunctionDeclaration; scope: Scope } | undefined {
    const declaration = this.functions.get(name);
    return declaration === undefined ? this.parent?.findFunction(name) : { declaration, scope: this };
  }
}
