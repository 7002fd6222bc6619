import type {
  AllowStatement,
  Block,
  FunctionDeclaration,
  MatchStatement,
  Name,
  RulesFile,
  ServiceDeclaration,
} from './ast.ts';
import { Cursor } from './cursor.ts';
import { parseExpression } from './expression.ts';
import { tokenize } from './lexer.ts';
import { stringLiteral } from './literals.ts';
import { isPathAhead, parsePath } from './path.ts';
import { SyntaxProblem } from './position.ts';
import type { Token } from './token.ts';

/** @throws SyntaxProblem at the first place that is no rules language */
export function parseRules(source: string): RulesFile {
  const cursor = new Cursor(tokenize(source));
  const version = parseVersion(cursor);
  const functions: FunctionDeclaration[] = [];
  const services: ServiceDeclaration[] = [];
  while (cursor.peek().kind !== 'end') {
    if (cursor.is('function')) functions.push(parseFunction(cursor));
    else if (cursor.is('service')) services.push(parseService(cursor));
    else if (cursor.is('import')) throw cursor.problem('Import statements are not allowed.');
    else if (services.length === 0) throw cursor.mismatch("{'function', 'import', 'service'}");
    else throw cursor.unexpected();
  }
  if (services.length === 0) throw cursor.mismatch("{'function', 'import', 'service'}");
  return { version, functions, services };
}

/** Without a statement, version 1. */
function parseVersion(cursor: Cursor): '1' | '2' {
  const at = cursor.peek();
  if (!cursor.take('rules_version')) return '1';
  cursor.expect('=');
  const version = stringLiteral(cursor.expectKind('string').text);
  cursor.take(';');
  if (version !== '1' && version !== '2') {
    throw new SyntaxProblem(at, `Unsupported rules version ${version}.`);
  }
  return version;
}

/** Google says 10; measured, the twelfth level is refused. */
const MAX_MATCH_DEPTH = 11;

function parseService(cursor: Cursor): ServiceDeclaration {
  const at = cursor.expect('service');
  let name = cursor.identifier().text;
  while (cursor.take('.')) name += `.${cursor.identifier().text}`;
  return { at, name, body: parseBlock(cursor, 'service', 0) };
}

/** `depth` is the number of matches around. */
function parseBlock(cursor: Cursor, owner: 'service' | 'match', depth: number): Block {
  cursor.expect('{');
  const functions: FunctionDeclaration[] = [];
  const matches: MatchStatement[] = [];
  const allows: AllowStatement[] = [];
  const end = cursor.peek();
  while (!cursor.take('}')) {
    if (cursor.is('function')) functions.push(parseFunction(cursor));
    else if (cursor.is('match')) matches.push(parseMatch(cursor, depth + 1));
    else if (cursor.is('allow') && owner === 'match') allows.push(parseAllow(cursor));
    else if (isPathAhead(cursor)) throw cursor.problem("Missing 'match' keyword before path.");
    else throw cursor.unexpected();
  }
  if (functions.length + matches.length + allows.length === 0) {
    throw new SyntaxProblem(end, `The '${owner}' body must contain at least one declaration.`);
  }
  return { functions, matches, allows };
}

function parseMatch(cursor: Cursor, depth: number): MatchStatement {
  cursor.expect('match');
  const at = cursor.peek();
  if (depth > MAX_MATCH_DEPTH) {
    throw cursor.problem('Maximum allowed resource rule depth of 10 is reached.');
  }
  return { at, path: parsePath(cursor), body: parseBlock(cursor, 'match', depth) };
}

function parseAllow(cursor: Cursor): AllowStatement {
  const at = cursor.expect('allow');
  if (cursor.peek().kind !== 'identifier') {
    throw cursor.problem("Expected at least one 'operation' after 'allow'.");
  }
  const methods = [nameOf(cursor.identifier())];
  while (cursor.take(',')) methods.push(nameOf(cursor.identifier()));
  const condition = parseCondition(cursor);
  cursor.take(';');
  return { at, methods, condition };
}

function parseCondition(cursor: Cursor): AllowStatement['condition'] {
  if (cursor.is('if')) throw cursor.problem("Missing ':' before 'if' condition.");
  if (!cursor.take(':')) return undefined;
  if (!cursor.take('if')) throw cursor.problem("Missing 'if' before conditional expression.");
  return parseExpression(cursor);
}

function parseFunction(cursor: Cursor): FunctionDeclaration {
  cursor.expect('function');
  const { name, at } = nameOf(cursor.identifier());
  const params = parseParams(cursor);
  cursor.expect('{');
  if (cursor.is('}')) throw cursor.problem("Missing 'function' body");
  const bindings: FunctionDeclaration['bindings'][number][] = [];
  while (cursor.take('let')) {
    const binding = nameOf(cursor.identifier());
    cursor.expect('=');
    bindings.push({ ...binding, value: parseExpression(cursor) });
    if (!cursor.take(';')) throw cursor.problem(`missing ';' at '${cursor.peek().text}'`);
  }
  if (!cursor.take('return')) throw cursor.unexpected();
  const result = parseExpression(cursor);
  cursor.take(';');
  cursor.expect('}');
  return { name, at, params, bindings, result };
}

function parseParams(cursor: Cursor): Name[] {
  const params: Name[] = [];
  cursor.expect('(');
  while (!cursor.take(')')) {
    if (params.length > 0 && !cursor.take(',')) throw cursor.unexpected();
    params.push(nameOf(cursor.identifier()));
  }
  return params;
}

const nameOf = (token: Token): Name => ({ name: token.text, at: token });
