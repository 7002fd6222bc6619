import type { Expression, FunctionDeclaration } from '../syntax/ast.ts';
import { nullValueError } from '../values/error.ts';
import { compileExpression } from './compile-expression.ts';
import type { Evaluate } from './context.ts';
import type { Service } from './lookup-functions.ts';
import type { Scope } from './scope.ts';

export interface UserFunction {
  readonly params: readonly string[];
  readonly body: Evaluate;
}

/** Functions compiled so far; each is compiled once. */
type Compiled = Map<FunctionDeclaration, UserFunction>;

/** Compiles expressions of one place: it knows what names mean there. Recursion has been refused before. */
export class Compiler {
  readonly service: Service;
  readonly #scope: Scope;
  readonly #locals: ReadonlyMap<string, Evaluate>;
  readonly #compiled: Compiled;

  constructor(
    service: Service,
    scope: Scope,
    locals: ReadonlyMap<string, Evaluate> = new Map(),
    compiled: Compiled = new Map(),
  ) {
    this.service = service;
    this.#scope = scope;
    this.#locals = locals;
    this.#compiled = compiled;
  }

  /** The same rules, at another place. */
  at(scope: Scope): Compiler {
    return new Compiler(this.service, scope, undefined, this.#compiled);
  }

  expression(expression: Expression): Evaluate {
    return compileExpression(expression, this);
  }

  variable(name: string): Evaluate {
    const local = this.#locals.get(name);
    if (local !== undefined) return local;
    const slot = this.#scope.captureSlot(name);
    if (slot !== undefined) return ({ captures }) => captures[slot] ?? nullValueError;
    if (name === 'request') return ({ request }) => request;
    if (name === 'resource') return ({ resource }) => resource ?? null;
    return () => nullValueError;
  }

  userFunction(name: string): UserFunction | undefined {
    const found = this.#scope.findFunction(name);
    if (found === undefined) return undefined;
    const { declaration, scope } = found;
    const known = this.#compiled.get(declaration);
    if (known !== undefined) return known;
    const compiled = this.#compileFunction(declaration, scope);
    this.#compiled.set(declaration, compiled);
    return compiled;
  }

  #compileFunction({ params, bindings, result }: FunctionDeclaration, scope: Scope): UserFunction {
    const locals = new Map<string, Evaluate>();
    const inside = new Compiler(this.service, scope, locals, this.#compiled);
    for (const [slot, { name }] of params.entries()) locals.set(name, ({ locals }) => locals[slot]!);
    for (const [i, { name, value }] of bindings.entries()) {
      const slot = params.length + i;
      const evaluate = inside.expression(value);
      // Evaluated when first asked for, and once.
      locals.set(name, (context) => {
        const known = context.locals[slot];
        if (known !== undefined) return known;
        const computed = evaluate(context);
        context.locals[slot] = computed;
        return computed;
      });
    }
    return { params: params.map(({ name }) => name), body: inside.expression(result) };
  }
}
