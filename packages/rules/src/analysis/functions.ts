import type { Scope } from '../evaluate/scope.ts';
import { NAMESPACES } from '../functions/namespaces.ts';
import type { FunctionDeclaration, Name } from '../syntax/ast.ts';
import { checkExpression } from './expression.ts';
import type { Problems } from './problems.ts';

const MAX_PARAMS = 7;
/** Google says 10; measured, the twelfth is refused. */
const MAX_BINDINGS = 11;

/** Declarations of one block. */
export function checkFunctions(
  functions: readonly FunctionDeclaration[],
  scope: Scope,
  problems: Problems,
): void {
  const names = new Set<string>();
  for (const declaration of functions) {
    const { name, at } = declaration;
    if (names.has(name)) problems.error(at, `Function ${name} is already defined.`);
    names.add(name);
    checkFunction(declaration, scope, problems);
  }
}

function checkFunction(
  { name, at, params, bindings, result }: FunctionDeclaration,
  scope: Scope,
  problems: Problems,
): void {
  if (params.length > MAX_PARAMS) {
    problems.error(
      at,
      `Maximum allowed function arguments of ${MAX_PARAMS} for function ${name} is reached.`,
    );
  }
  if (bindings.length > MAX_BINDINGS) {
    problems.error(at, 'Maximum allowed variable count of 10 for a given function has been reached.');
  }
  const locals = new Set<string>();
  for (const param of params) {
    if (locals.has(param.name)) problems.error(param.at, `Variable ${param.name} is already defined.`);
    checkVariableName(param, problems);
    locals.add(param.name);
  }
  for (const binding of bindings) {
    checkExpression(binding.value, scope, locals, problems);
    if (locals.has(binding.name)) {
      problems.error(binding.at, `The identifier [${binding.name}] is already bound in the current scope.`);
    }
    checkVariableName(binding, problems);
    locals.add(binding.name);
  }
  checkExpression(result, scope, locals, problems);
}

export function checkVariableName({ name, at }: Name, problems: Problems): void {
  if (NAMESPACES.has(name)) {
    problems.error(at, `${name} is a package and cannot be used as variable name.`);
  }
}
