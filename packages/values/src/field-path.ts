import { invalidArgument } from '@telestack/errors';
import { isReserved, MAX_NAME_BYTES } from './identifiers.ts';
import { type Fields, isMap, type Json } from './json.ts';
import { deleteMember, getMember, setMember } from './members.ts';
import { fitsUtf8 } from './text.ts';

/** Names from the document down to a field. */
export type FieldPath = readonly string[];

const MAX_ELEMENTS = 20;
const SIMPLE = /^[a-zA-Z_][a-zA-Z_0-9]*$/;
/** One element and the dot or the end behind it. */
const ELEMENT = /(?:([a-zA-Z_][a-zA-Z_0-9]*)|`((?:[^`\\]|\\.)+)`)(\.|$)/suy;
/** Escapes of C, as Google's backend takes them: of a character, or of its number. */
const ESCAPE = /\\(?:([abfnrtv'"?`\\])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U(00[01][0-9a-fA-F]{5})|.)/gsu;
const CONTROLS: Record<string, string> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/**
 * Parses "a.b" or "`a-b`.c".
 * @throws StatusError INVALID_ARGUMENT
 */
export function parseFieldPath(text: string): FieldPath {
  return parseFieldPaths([text])[0]!;
}

/**
 * The paths of a mask. Google's backend reads all of them before it looks at what is in them.
 * @throws StatusError INVALID_ARGUMENT
 */
export function parseFieldPaths(texts: readonly string[]): FieldPath[] {
  const paths = texts.map(parsePropertyPath);
  for (const path of paths) {
    checkPath(path);
    if (path.includes('__type__')) throw invalidArgument('the name __type__ is reserved');
  }
  return paths;
}

/**
 * As `parseFieldPath`, without `checkPath`, which Google's backend does later for filters and orders.
 * @throws StatusError INVALID_ARGUMENT
 */
export function parsePropertyPath(text: string): FieldPath {
  const path = SIMPLE.test(text) ? [text] : parseElements(text);
  for (const name of path) if (isReserved(name)) checkReserved(name);
  return path;
}

/**
 * Checks the length of a path, and that the document's name, which has no fields and is none, stands alone. The backend knows it as `__key__`.
 * @throws StatusError INVALID_ARGUMENT
 */
export function checkPath(path: FieldPath): void {
  if (path.length > MAX_ELEMENTS) throw invalidArgument(`paths must have at most ${MAX_ELEMENTS} elements`);
  // Google's backend counts a byte for the end of each element.
  if (!fitsUtf8(path.join('.'), MAX_NAME_BYTES - 1)) {
    throw invalidArgument(`property path is longer than ${MAX_NAME_BYTES} bytes.`);
  }
  if (path.length > 1 && path.includes('__name__')) throw invalidArgument('the name __key__ is reserved');
}

function checkReserved(name: string): void {
  switch (name) {
    // Filters and orders may look at it; only writers may not name it.
    case '__type__':
    case '__name__':
      return;
    case '__key__':
      throw invalidArgument('Invalid property path member name "__key__".');
    default:
      throw invalidArgument(`Invalid reserved name in field path ${name}`);
  }
}

function parseElements(text: string): string[] {
  if (text === '') throw invalidArgument('Invalid empty property path string.');
  const path: string[] = [];
  let at = 0;
  for (;;) {
    ELEMENT.lastIndex = at;
    const match = ELEMENT.exec(text);
    const name = match && (match[1] ?? unescaped(match[2]!));
    if (match === null || typeof name !== 'string') {
      throw invalidArgument(
        `Invalid property path "${text}". Unquoted property paths must match regex ([a-zA-Z_][a-zA-Z_0-9]*), ` +
          'and quoted property paths must match regex (`(?:[^`\\\\]|(?:\\\\.))+`)',
      );
    }
    path.push(name);
    if (match[3] === '') return path;
    at = ELEMENT.lastIndex;
  }
}

/** The name that a quoted one stands for; undefined when it has an escape that there is not. */
function unescaped(quoted: string): string | undefined {
  if (!quoted.includes('\\')) return quoted;
  let isKnown = true;
  const name = quoted.replace(ESCAPE, (_, character?: string, x?: string, u?: string, U?: string) => {
    if (character !== undefined) return CONTROLS[character] ?? character;
    const code = Number.parseInt(x ?? u ?? U ?? '', 16);
    if (code <= 0x10ffff) return String.fromCodePoint(code);
    isKnown = false;
    return '';
  });
  return isKnown && name.isWellFormed() ? name : undefined;
}

/** The text of a field path; parses back to the same path. */
export function formatFieldPath(path: FieldPath): string {
  return path.map((name) => (SIMPLE.test(name) ? name : `\`${name.replace(/[`\\]/g, '\\$&')}\``)).join('.');
}

/** The value at a path; undefined when there is none. Sees only maps: never into tags or arrays. */
export function getField(fields: Fields, path: FieldPath): Json | undefined {
  let value: Json | undefined = fields;
  for (let i = 0; i < path.length; i++) {
    if (i > 0 && !isMap(value)) return undefined;
    value = getMember(value as Fields, path[i]!);
  }
  return value;
}

/** Fields in which the path has this value; whatever is on the way and is no map becomes one. */
export function setField(fields: Fields, path: FieldPath, value: Json): Fields {
  const [name, ...rest] = path as [string, ...string[]];
  if (rest.length === 0) return setMember(fields, name, value);
  const inner = getMember(fields, name);
  return setMember(fields, name, setField(isMap(inner) ? inner : {}, rest, value));
}

/** Fields without the path; the same object when there is nothing to delete. */
export function deleteField(fields: Fields, path: FieldPath): Fields {
  const [name, ...rest] = path as [string, ...string[]];
  if (rest.length === 0) return deleteMember(fields, name);
  const inner = getMember(fields, name);
  if (!isMap(inner)) return fields;
  const changed = deleteField(inner, rest);
  return changed === inner ? fields : setMember(fields, name, changed);
}
