import { invalidArgument } from '@telestack/errors';
import { type FieldPath, parseFieldPath } from '@telestack/values';

/** The document's own name as a field. */
export const NAME_FIELD: FieldPath = ['__name__'];

export const isNameField = (field: FieldPath): boolean => field.length === 1 && field[0] === '__name__';

/** One text per field path. */
export const fieldKey = (field: FieldPath): string => JSON.stringify(field);

const MAX_PATH_BYTES = 1500;

/** A field that a query refers to. @throws INVALID_ARGUMENT in the words of Google's backend, which calls the name `__key__` */
export function parseQueryField(text: string): FieldPath {
  if (text === '') throw invalidArgument('Invalid empty property path string.');
  const field = parse(text);
  if (isNameField(field)) return field;
  if (field.includes('__name__')) throw invalidArgument('the name __key__ is reserved');
  const reserved = field.find((segment) => /^__.*__$/s.test(segment));
  if (reserved !== undefined) throw invalidArgument(`Invalid reserved name in field path ${reserved}`);
  if (Buffer.byteLength(text) > MAX_PATH_BYTES) {
    throw invalidArgument('property path is longer than 1500 bytes.');
  }
  return field;
}

function parse(text: string): FieldPath {
  try {
    return parseFieldPath(text);
  } catch (cause) {
    throw invalidArgument(
      `Invalid property path "${text}". Unquoted property paths must match regex ([a-zA-Z_][a-zA-Z_0-9]*), and quoted property paths must match regex (\`(?:[^\`\\\\]|(?:\\\\.))+\`)`,
      { cause },
    );
  }
}
