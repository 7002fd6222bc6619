import { Code } from '@telestack/errors';
import { indexFor, type Query } from '@telestack/query';
import { describe, expect, test } from 'vitest';
import { parseDeclaredIndexes } from '../src/indexes/declared.ts';
import { indexDefinitions } from '../src/indexes/definition.ts';

const parse = (file: object) => parseDeclaredIndexes(JSON.stringify(file));
const namesOf = (file: object) =>
  parse(file).flatMap((spec) => indexDefinitions(spec).map(({ name }) => name));

describe('firestore.indexes.json', () => {
  test('a declared index is the one that a query asks for', () => {
    const query: Query = {
      ...{ database: 'p/d', parentPath: '', collectionId: 'c', allDescendants: true },
      filter: { kind: 'field', field: ['kind'], op: '==', value: 1 },
      orders: [
        { field: ['score'], direction: 'desc' },
        { field: ['__name__'], direction: 'desc' },
      ],
      ...{ offset: 0, limit: undefined, select: undefined },
    };
    const fields = [
      { fieldPath: 'kind', order: 'ASCENDING' },
      { fieldPath: 'score', order: 'DESCENDING' },
    ];
    const declared = { indexes: [{ collectionGroup: 'c', queryScope: 'COLLECTION_GROUP', fields }] };
    expect(namesOf(declared)).toEqual(
      indexFor(query)
        .flatMap(indexDefinitions)
        .map(({ name }) => name),
    );
  });

  test('overrides of a field are indexes of that field; exemptions and vectors are none', () => {
    const file = {
      fieldOverrides: [
        {
          ...{ collectionGroup: 'c', fieldPath: 'a.`b c`' },
          indexes: [
            { order: 'DESCENDING', queryScope: 'COLLECTION_GROUP' },
            { arrayConfig: 'CONTAINS', queryScope: 'COLLECTION' },
          ],
        },
        { collectionGroup: 'c', fieldPath: 'big', indexes: [] },
      ],
      indexes: [
        {
          ...{ collectionGroup: 'c', queryScope: 'COLLECTION' },
          fields: [{ fieldPath: 'v', vectorConfig: { dimension: 3, flat: {} } }],
        },
      ],
    };
    expect(parse(file)).toEqual([
      {
        ...{ collectionId: 'c', scope: 'group' },
        fields: [
          { field: ['a', 'b c'], direction: 'desc' },
          { field: ['__name__'], direction: 'desc' },
        ],
      },
      {
        ...{ collectionId: 'c', scope: 'collection' },
        fields: [
          { field: ['a', 'b c'], direction: 'contains' },
          { field: ['__name__'], direction: 'asc' },
        ],
      },
    ]);
    expect(namesOf({ indexes: file.indexes })).toEqual([]);
  });

  test.each([
    ['{', 'It is not JSON.'],
    ['[]', 'It must be an object with "indexes" and "fieldOverrides".'],
    ['{"indexes":{}}', 'indexes must be a list of objects.'],
    ['{"indexes":[{"fields":[]}]}', 'indexes[0].collectionGroup must be a collection id.'],
    [
      '{"indexes":[{"collectionGroup":"c","queryScope":"ALL","fields":[]}]}',
      'indexes[0].queryScope must be one of COLLECTION, COLLECTION_GROUP.',
    ],
    [
      '{"indexes":[{"collectionGroup":"c","fields":[{"fieldPath":"a","order":"UP"}]}]}',
      'indexes[0].fields[0].order must be one of ASCENDING, DESCENDING.',
    ],
  ])('%s is refused', (text, message) => {
    expect(() => parseDeclaredIndexes(text)).toThrow(
      expect.objectContaining({ code: Code.INVALID_ARGUMENT, message }),
    );
  });
});
