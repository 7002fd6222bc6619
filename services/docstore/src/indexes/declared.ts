import { invalidArgument } from '@telestack/errors';
import { type IndexField, type IndexSpec, isNameField, NAME_FIELD } from '@telestack/query';
import { parseFieldPath } from '@telestack/values';

/** `firestore.indexes.json`, as the Firebase CLI's documentation ("Cloud Firestore index definition format") describes it. */
interface IndexesFile {
  indexes?: readonly { collectionGroup?: unknown; queryScope?: unknown; fields?: unknown }[];
  fieldOverrides?: readonly { collectionGroup?: unknown; fieldPath?: unknown; indexes?: unknown }[];
}

interface FieldEntry {
  fieldPath?: unknown;
  order?: unknown;
  arrayConfig?: unknown;
  vectorConfig?: unknown;
  queryScope?: unknown;
}

const SCOPES = { COLLECTION: 'collection', COLLECTION_GROUP: 'group' } as const;
const ORDERS = { ASCENDING: 'asc', DESCENDING: 'desc' } as const;

/**
 * The indexes that a file declares: composite ones, and those of `fieldOverrides`. What the file does not want is no order to drop anything: an
 * index that queries have asked for stays. Vectors are searched exactly and need no index.
 * @throws StatusError INVALID_ARGUMENT
 */
export function parseDeclaredIndexes(text: string): IndexSpec[] {
  const file = parseObject(text);
  const composite = listOf(file.indexes, 'indexes').map((entry, i) => {
    const at = `indexes[${i}]`;
    const fields = listOf(entry.fields as readonly FieldEntry[], `${at}.fields`);
    return specOf(entry.collectionGroup, entry.queryScope, fields, at);
  });
  const single = listOf(file.fieldOverrides, 'fieldOverrides').flatMap((entry, i) => {
    const at = `fieldOverrides[${i}]`;
    return listOf(entry.indexes as readonly FieldEntry[], `${at}.indexes`).map((index, n) =>
      specOf(
        entry.collectionGroup,
        index.queryScope,
        [{ ...index, fieldPath: entry.fieldPath }],
        `${at}.indexes[${n}]`,
      ),
    );
  });
  return [...composite, ...single].filter(({ fields }) => fields.some(({ field }) => !isNameField(field)));
}

function parseObject(text: string): IndexesFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalidArgument('It is not JSON.', { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalidArgument('It must be an object with "indexes" and "fieldOverrides".');
  return value;
}

function listOf<T extends object>(value: readonly T[] | undefined, at: string): readonly T[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'object' && item !== null))
    throw invalidArgument(`${at} must be a list of objects.`);
  return value;
}

function specOf(
  collectionId: unknown,
  scope: unknown,
  entries: readonly FieldEntry[],
  at: string,
): IndexSpec {
  if (typeof collectionId !== 'string' || collectionId === '' || collectionId.includes('/'))
    throw invalidArgument(`${at}.collectionGroup must be a collection id.`);
  const fields = entries.flatMap((entry, i) => fieldOf(entry, `${at}.fields[${i}]`));
  const last = fields.at(-1);
  const direction = last?.direction === 'desc' ? 'desc' : 'asc';
  return {
    collectionId,
    scope: choiceOf(scope ?? 'COLLECTION', SCOPES, `${at}.queryScope`),
    // Firestore adds the name to each index, in the direction of the field before it.
    fields: last && isNameField(last.field) ? fields : [...fields, { field: NAME_FIELD, direction }],
  };
}

function fieldOf({ fieldPath, order, arrayConfig, vectorConfig }: FieldEntry, at: string): IndexField[] {
  if (vectorConfig !== undefined) return [];
  if (typeof fieldPath !== 'string') throw invalidArgument(`${at}.fieldPath must be a string.`);
  const field = parseFieldPath(fieldPath);
  if (arrayConfig === undefined)
    return [{ field, direction: choiceOf(order ?? 'ASCENDING', ORDERS, `${at}.order`) }];
  if (arrayConfig !== 'CONTAINS') throw invalidArgument(`${at}.arrayConfig must be CONTAINS.`);
  return [{ field, direction: 'contains' }];
}

function choiceOf<T>(value: unknown, choices: Readonly<Record<string, T>>, at: string): T {
  if (typeof value !== 'string' || !Object.hasOwn(choices, value))
    throw invalidArgument(`${at} must be one of ${Object.keys(choices).join(', ')}.`);
  return choices[value]!;
}
