import { lookupNamed } from '../evaluate/lookup-functions.ts';
import type { Scope } from '../evaluate/scope.ts';
import { NAMESPACES } from '../functions/namespaces.ts';
import { isValidPattern } from '../functions/regex.ts';
import { functionNamed } from '../functions/table.ts';
import { methodsNamed } from '../methods/table.ts';
import type { Expression } from '../syntax/ast.ts';
import { partsOf } from '../syntax/walk.ts';
import { TYPE_NAMES } from '../values/value.ts';
import type { Problems } from './problems.ts';

/** Names, types and regular expressions in an expression. */
export function checkExpression(
  expression: Expression,
  scope: Scope,
  locals: ReadonlySet<string>,
  problems: Problems,
): void {
  checkOne(expression, scope, locals, problems);
  for (const part of partsOf(expression)) checkExpression(part, scope, locals, problems);
}

function checkOne(
  expression: Expression,
  scope: Scope,
  locals: ReadonlySet<string>,
  problems: Problems,
): void {
  switch (expression.kind) {
    case 'name':
      checkName(expression, scope, locals, problems);
      return;
    case 'call':
      checkCall(expression, scope, problems);
      return;
    case 'method':
      checkMethod(expression, problems);
      return;
    case 'is':
      if (!(TYPE_NAMES as readonly string[]).includes(expression.type)) {
        problems.error(
          expression.typeAt,
          `An unsupported type identifier was used with the 'is' operator. Received ${expression.type}. Expected one of ${TYPE_NAMES.join(',')}`,
        );
      }
      return;
    default:
      return;
  }
}

function checkName(
  { name, at }: Extract<Expression, { kind: 'name' }>,
  scope: Scope,
  locals: ReadonlySet<string>,
  problems: Problems,
): void {
  if (locals.has(name) || scope.captureSlot(name) !== undefined) return;
  if (NAMESPACES.has(name)) {
    problems.error(at, `${name} is a package and cannot be used as variable name.`);
  } else if (name !== 'request' && name !== 'resource') {
    problems.warn(at, `Invalid variable name: ${name}.`);
  }
}

function checkCall(
  { name, at, args }: Extract<Expression, { kind: 'call' }>,
  scope: Scope,
  problems: Problems,
): void {
  const found = scope.findFunction(name);
  if (found !== undefined) {
    if (found.declaration.params.length !== args.length) {
      problems.warn(at, `Incorrect number of arguments supplied to function: ${name}.`);
    }
    return;
  }
  const isKnown =
    name === 'debug' ||
    functionNamed(name) !== undefined ||
    lookupNamed(name, 'cloud.firestore') !== undefined ||
    lookupNamed(name, 'firebase.storage') !== undefined;
  if (!isKnown) problems.warn(at, `Invalid function name: ${name}.`);
}

const REGEX_METHODS = new Set(['matches', 'split']);

function checkMethod({ name, at, args }: Extract<Expression, { kind: 'method' }>, problems: Problems): void {
  if (methodsNamed(name) === undefined) problems.warn(at, `Invalid function name: ${name}.`);
  const pattern = args[0];
  if (!REGEX_METHODS.has(name) || pattern?.kind !== 'literal' || typeof pattern.value !== 'string') return;
  if (!isValidPattern(pattern.value)) {
    problems.error(pattern.at, `Invalid regular expression pattern. Pattern: ${pattern.value}.`);
  }
}
