import { Code, StatusError } from '@telestack/errors';
import {
  checkCollectionId,
  checkCollectionLength,
  checkDocumentId,
  checkNameLimits,
  checkReference,
  databaseName,
  documentName,
  parseDatabaseName,
  parseDocumentName,
  parseParent,
  splitPath,
} from '@telestack/values';
import { arbitraryPath } from '@telestack/values/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const ROOT = 'projects/p/databases/(default)/documents';

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    expect(error.code).toBe(Code.INVALID_ARGUMENT);
    return error.message;
  }
  return 'accepted';
}

it('takes names apart and puts them together', () => {
  fc.assert(
    fc.property(arbitraryPath(), (path) => {
      const name = documentName('p/(default)', path);
      const parsed = parseDocumentName(name);
      expect(parsed).toMatchObject({ database: 'p/(default)', path, ...splitPath(path) });
      expect(documentName(parsed.database, parsed.path)).toBe(name);
      expect(parseParent(name)).toStrictEqual({ database: 'p/(default)', path });
      expect(refusal(() => checkReference(name))).toBe('accepted');
    }),
  );
  expect(parseDocumentName(`${ROOT}/users/alice/posts/1`)).toStrictEqual({
    database: 'p/(default)',
    path: 'users/alice/posts/1',
    parentPath: 'users/alice',
    collectionId: 'posts',
    documentId: '1',
  });
  expect(parseDatabaseName('projects/p/databases/d')).toStrictEqual({
    project: 'p',
    databaseId: 'd',
    database: 'p/d',
  });
  expect(databaseName('p/d')).toBe('projects/p/databases/d');
  expect(parseParent(ROOT)).toStrictEqual({ database: 'p/(default)', path: '' });
  expect(documentName('p/(default)', '')).toBe(ROOT);
});

// The emulator's words.
describe('document names', () => {
  it.each([
    ['', 'Document name "" lacks "projects" at index 0.'],
    ['foo', 'Document name "foo" lacks "projects" at index 0.'],
    [
      'projects/p/databases/(default)',
      'Document name "projects/p/databases/(default)" lacks "/" at index 30.',
    ],
    [
      'projects/p/databases/(default)/docs/c/d',
      'Document name "projects/p/databases/(default)/docs/c/d" lacks "documents" at index 31.',
    ],
    [
      'projects//databases/d/documents/c/d',
      'Document name "projects//databases/d/documents/c/d" lacks a project id at index 9.',
    ],
    [
      ROOT,
      `Document name "${ROOT}" is invalid: Omit "/documents" when referencing a database (except as the parent of a document).`,
    ],
    [`${ROOT}/`, `Document name "${ROOT}/" is invalid: Omit trailing "/".`],
    [`${ROOT}/c`, `Document name "${ROOT}/c" lacks "/" at index 42.`],
    [`${ROOT}/c/d/e`, `Document name "${ROOT}/c/d/e" lacks "/" at index 46.`],
    [`${ROOT}/c//d`, `Document name "${ROOT}/c//d" lacks a resource id at index 43.`],
    [`${ROOT}//c/d`, `Document name "${ROOT}//c/d" lacks a collection id at index 41.`],
    [`${ROOT}/c/d/`, `Document name "${ROOT}/c/d/" has invalid trailing "/".`],
    [`${ROOT}/c/`, `Document name "${ROOT}/c/" has invalid trailing "/".`],
    [`${ROOT}/c//`, `Document name "${ROOT}/c//" lacks a resource id at index 43.`],
    [`${ROOT}//`, `Document name "${ROOT}//" lacks a collection id at index 41.`],
    [`${ROOT}/../a/`, `Document name "${ROOT}/../a/" contains a collection id ".." at index 41.`],
    ['/', 'Document name "/" lacks "projects" at index 0.'],
    ['projects//', 'Document name "projects//" lacks a project id at index 9.'],
    ['projects/p/x/', 'Document name "projects/p/x/" lacks "databases" at index 11.'],
    ['projects/p/databases/d/', 'Document name "projects/p/databases/d/" has invalid trailing "/".'],
    [`${ROOT}/c/.`, `Document name "${ROOT}/c/." contains a resource id "." at index 43.`],
    [`${ROOT}/c/__x__`, 'Resource id "__x__" is invalid because it is reserved.'],
    [`${ROOT}/c/_____`, 'Resource id "_____" is invalid because it is reserved.'],
    [`${ROOT}/__c__/x`, 'Collection id "__c__" is invalid because it is reserved.'],
    [`${ROOT}/__id7__/x`, 'Collection id "__id7__" is invalid because it is reserved.'],
    [`${ROOT}/c/__id0__`, 'Resource id "__id0__" is invalid because it is reserved.'],
    [
      `${ROOT}/c/__id9223372036854775808__`,
      'Resource id "__id9223372036854775808__" is invalid because it is not a 64 bit integer.',
    ],
    [`${ROOT}/c/__id-9223372036854775808__`, 'accepted'],
    [`${ROOT}/c/____`, 'accepted'],
    [`${ROOT}/c/a\0b`, 'accepted'],
    [`${ROOT}/c/ü ?#%`, 'accepted'],
  ])('%s', (name, message) => {
    expect(refusal(() => parseDocumentName(name))).toBe(message);
  });

  it.each<[string, string, string]>([
    ['a long id', `c/${'a'.repeat(1500)}`, 'accepted'],
    ['an id', `c/${'a'.repeat(1501)}`, 'The key path element name is longer than 1500 bytes.'],
    ['bytes', `c/${'é'.repeat(751)}`, 'The key path element name is longer than 1500 bytes.'],
    ['a collection', `${'k'.repeat(1501)}/d`, 'The key path element kind is longer than 1500 bytes.'],
    ['deep', Array(200).fill('a').join('/'), 'accepted'],
    ['too deep', Array(202).fill('a').join('/'), 'Key path is too long. Cannot exceed 100 elements.'],
    ['all', Array(6).fill('a'.repeat(1100)).join('/'), 'Document name is longer than 6144 bytes.'],
  ])('may be longer to be read than to be written: %s', (_, path, message) => {
    const name = parseDocumentName(`${ROOT}/${path}`);
    expect(refusal(() => checkNameLimits(name))).toBe(message);
  });
});

it.each([
  ['projects/p', 'Database name "projects/p" lacks "/" at index 10.'],
  ['projects/p/databases', 'Database name "projects/p/databases" lacks "/" at index 20.'],
  ['projects/p/databases/', 'Database name "projects/p/databases/" has invalid trailing "/".'],
  ['projects/p/databases/x/', 'Database name "projects/p/databases/x/" has invalid trailing "/".'],
  [
    'projects/p/databases/x/documents',
    'Database name "projects/p/databases/x/documents" has extra characters at index 22.',
  ],
])('database %s', (name, message) => {
  expect(refusal(() => parseDatabaseName(name))).toBe(message);
});

it.each([
  ['', 'Document parent name "" lacks "projects" at index 0.'],
  [
    'projects/p/databases/(default)',
    'Document parent name "projects/p/databases/(default)" lacks "/" at index 30.',
  ],
  [`${ROOT}/c`, `Document parent name "${ROOT}/c" lacks "/" at index 42.`],
  [`${ROOT}/c/d/`, `Document parent name "${ROOT}/c/d/" has invalid trailing "/".`],
])('parent %s', (name, message) => {
  expect(refusal(() => parseParent(name))).toBe(message);
});

it.each([
  ['projects/p', 'Resource name "projects/p" lacks "/" at index 10.'],
  ['projects/p/databases/d', 'Non-document resource reference value not supported.'],
  [`${ROOT}/c/..`, `Resource name "${ROOT}/c/.." contains a resource id ".." at index 43.`],
])('reference %s', (name, message) => {
  expect(refusal(() => checkReference(name))).toBe(message);
});

it('checks ids that stand alone', () => {
  expect(refusal(() => checkCollectionId('x/y'))).toBe(
    'Collection id "x/y" is invalid because it contains "/".',
  );
  expect(refusal(() => checkCollectionId('.'))).toBe('Collection id "." is invalid because it is reserved.');
  expect(refusal(() => checkCollectionLength('a'.repeat(1501), 'query kind'))).toBe(
    'The query kind is longer than 1500 bytes.',
  );
  expect(refusal(() => checkDocumentId('__x__'))).toBe(
    'Resource id "__x__" is invalid because it is reserved.',
  );
  expect(refusal(() => checkDocumentId('..'))).toBe('Resource id ".." is invalid because it is reserved.');
  expect(refusal(() => checkDocumentId('__id7__'))).toBe('accepted');
});
