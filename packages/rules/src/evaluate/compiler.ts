import type { Expression, FunctionDeclaration } from '../syntax/ast.ts';
import { nullValueError, unknownError } from '../values/error.ts';
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
    if (name === 'resource') return ({ resource }) => (resource === undefined ? unknownError : resource);
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
    const declare = (name: string): void => {
      const slot = locals.size;
      locals.set(name, (context) => context.locals[slot]!);
    };
    for (const { name } of params) declare(name);
    const values: Evaluate[] = [];
    for (const { name, value } of bindings) {
      values.push(inside.expression(value));
      declare(name);
    }
    const body = withBindings(values, inside.expression(result));
    return { params: params.map(({ name }) => name), body };
  }
}

/** All of the `let` values are evaluated before the result; an error among them counts where it is used. */
function withBindings(values: readonly Evaluate[], result: Evaluate): Evaluate {
  if (values.length === 0) return result;
  return (context) => {
    for (const value of values) {
      context.evaluated++;
      context.locals.push(value(context));
    }
    return result(context);
  };
}
