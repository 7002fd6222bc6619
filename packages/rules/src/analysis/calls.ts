import type { Scope } from '../evaluate/scope.ts';
import type { Expression, FunctionDeclaration } from '../syntax/ast.ts';
import { partsOf } from '../syntax/walk.ts';
import type { Problems } from './problems.ts';

/** Google says 20; measured, a chain of 22 functions is refused. */
const MAX_CALL_DEPTH = 21;

/** Refuses functions that call themselves, directly or through others, and calls that nest too deep. */
export function checkCalls(declared: ReadonlyMap<FunctionDeclaration, Scope>, problems: Problems): void {
  const graph = new CallGraph(declared, problems);
  for (const declaration of declared.keys()) graph.depthOf(declaration);
}

class CallGraph {
  readonly #declared: ReadonlyMap<FunctionDeclaration, Scope>;
  readonly #problems: Problems;
  /** Functions in the longest chain of calls that begins at a function. */
  readonly #depths = new Map<FunctionDeclaration, number>();
  readonly #active: FunctionDeclaration[] = [];

  constructor(declared: ReadonlyMap<FunctionDeclaration, Scope>, problems: Problems) {
    this.#declared = declared;
    this.#problems = problems;
  }

  depthOf(declaration: FunctionDeclaration): number {
    const known = this.#depths.get(declaration);
    if (known !== undefined) return known;
    const begin = this.#active.indexOf(declaration);
    if (begin !== -1) {
      this.#refuseCycle(this.#active.slice(begin));
      return 0;
    }
    // Deeper than any legal chain: without this, a long chain would be a deep recursion here.
    if (this.#active.length > MAX_CALL_DEPTH) {
      this.#refuseDepth(this.#active[0]!, this.#active);
      return 0;
    }
    this.#active.push(declaration);
    let depth = 1;
    for (const callee of this.#calleesOf(declaration)) depth = Math.max(depth, 1 + this.depthOf(callee));
    this.#active.pop();
    this.#depths.set(declaration, depth);
    if (depth > MAX_CALL_DEPTH) this.#refuseDepth(declaration, [declaration]);
    return depth;
  }

  #calleesOf({ bindings, result }: FunctionDeclaration, scope = this.#scope()): Set<FunctionDeclaration> {
    const callees = new Set<FunctionDeclaration>();
    const visit = (expression: Expression): void => {
      const found = expression.kind === 'call' ? scope.findFunction(expression.name) : undefined;
      if (found !== undefined) callees.add(found.declaration);
      for (const part of partsOf(expression)) visit(part);
    };
    for (const { value } of bindings) visit(value);
    visit(result);
    return callees;
  }

  /** What the function that is looked at sees. */
  #scope(): Scope {
    return this.#declared.get(this.#active.at(-1)!)!;
  }

  #refuseCycle(cycle: readonly FunctionDeclaration[]): void {
    const names = cycle.map(({ name }) => name).join(',');
    this.#problems.error(
      cycle[0]!.at,
      cycle.length === 1
        ? 'Recursive call is not allowed.'
        : `Detected a call cycle between [${names}] functions.`,
    );
  }

  #refuseDepth({ at }: FunctionDeclaration, chain: readonly FunctionDeclaration[]): void {
    const names = chain.map(({ name }) => name).join('->');
    this.#problems.error(at, `Maximum allowed call depth of 20 is reached for [${names}].`);
  }
}
