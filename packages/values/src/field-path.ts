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
const ESCAPES: Record<string, string> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', '0': '\0' };

/**
 * Parses "a.b" or "`a-b`.c".
 * @throws StatusError INVALID_ARGUMENT
 */
export function parseFieldPath(text: string): FieldPath {
  const path = SIMPLE.test(text) ? [text] : parseElements(text);
  if (path.length > MAX_ELEMENTS) throw invalidArgument(`paths must have at most ${MAX_ELEMENTS} elements`);
  if (!fitsUtf8(path.join('.'), MAX_NAME_BYTES)) {
    throw invalidArgument(`property path is longer than ${MAX_NAME_BYTES} bytes.`);
  }
  for (const name of path) if (isReserved(name)) checkReserved(name, path);
  return path;
}

/** The backend knows the document's name as `__key__`. */
function checkReserved(name: string, { length }: FieldPath): void {
  switch (name) {
    case '__name__':
      if (length === 1) return;
      throw invalidArgument('the name __key__ is reserved');
    case '__key__':
      throw invalidArgument('Invalid property path member name "__key__".');
    case '__type__':
      throw invalidArgument('the name __type__ is reserved');
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
    if (match === null) {
      throw invalidArgument(
        `Invalid property path "${text}". Unquoted property paths must match regex ([a-zA-Z_][a-zA-Z_0-9]*), ` +
          'and quoted property paths must match regex (`(?:[^`\\\\]|(?:\\\\.))+`)',
      );
    }
    path.push(match[1] ?? match[2]!.replace(/\\(.)/gsu, (_, c: string) => ESCAPES[c] ?? c));
    if (match[3] === '') return path;
    at = ELEMENT.lastIndex;
  }
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
