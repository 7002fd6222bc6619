import { Code } from '@telestack/errors';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { batchWrite } from '../src/rpc/batch-write.ts';
import { checkCollection } from '../src/schemas/check-collection.ts';
import { Schemas } from '../src/schemas/schemas.ts';
import { compileSchema } from '../src/schemas/validator.ts';
import { calledBy, context, openDocstore, type TestDocstore } from './docstore.ts';
import { get, patch, remove, send, set } from './requests.ts';

const PERSON = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  required: ['name'],
  properties: {
    name: { type: 'string', minLength: 1 },
    age: { type: 'integer', minimum: 0 },
    born: { type: 'string', format: 'date-time' },
    address: { $ref: '#/$defs/address' },
    tags: { type: 'array', items: { enum: ['a', 'b'] }, uniqueItems: true },
    owner_id: { type: 'string' },
  },
  additionalProperties: false,
  $defs: { address: { type: 'object', properties: { zip: { type: 'string', pattern: '^\\d{5}$' } } } },
};

const root = 'projects/p/databases/d';
const doc = (path: string) => `${root}/documents/${path}`;
const admin = context();
const misfit = (message: string) =>
  expect.objectContaining({ code: Code.INVALID_ARGUMENT, message: expect.stringContaining(message) });

let store: TestDocstore;
beforeAll(async () => {
  store = await openDocstore(undefined, {
    schemas: JSON.stringify({ people: PERSON, tiny: { maxProperties: 1 } }),
    policies: '[{"collection":"people","access":"owner"}]',
  });
});
afterAll(() => store[Symbol.asyncDispose]());
const docstore = () => store.replicas[0]!;

describe('a commit', () => {
  test('leads to documents that fit, whoever writes them; the error names document and path', async () => {
    await send(docstore(), admin, root, set(doc('people/1'), { name: 'Ada', age: 36 }));
    await expect(send(docstore(), admin, root, set(doc('people/2'), { age: 36 }))).rejects.toEqual(
      misfit(`Document "${doc('people/2')}" does not fit the schema of "people": $.name is required`),
    );
    await expect(
      send(docstore(), admin, root, set(doc('people/2'), { name: 'Ada', address: { zip: 'x' } })),
    ).rejects.toEqual(misfit('$.address.zip must match'));
    await expect(
      send(docstore(), admin, root, set(doc('people/2'), { name: 'Ada', tags: ['a', 'c'] })),
    ).rejects.toEqual(misfit('$.tags[1] must be one of ["a","b"]'));
    await send(docstore(), admin, root, set(doc('rooms/1/other/1'), { anything: 1 }));
    await expect(
      send(docstore(), admin, root, set(doc('rooms/1/people/1'), { name: 'Ada', 'no such': 1 })),
    ).rejects.toEqual(misfit('$["no such"] is not allowed'));
  });

  test('is about the document that it leads to: after masks, transforms and the policy’s owner', async () => {
    const ann = calledBy('ann');
    await send(docstore(), ann, root, set(doc('people/3'), { name: 'Ada' }));
    await send(docstore(), ann, root, patch(doc('people/3'), { age: 1 }));
    expect(await get(docstore(), ann, doc('people/3'))).toEqual({ name: 'Ada', age: 1, owner_id: 'ann' });
    const increment = (by: number) => ({
      ...patch(doc('people/3'), {}),
      updateTransforms: [{ fieldPath: 'age', transformType: { $case: 'increment' as const, increment: by } }],
    });
    await send(docstore(), ann, root, increment(-1));
    await expect(send(docstore(), ann, root, increment(-1))).rejects.toEqual(misfit('$.age must be >= 0'));
    const serverTime = {
      ...patch(doc('people/3'), {}),
      updateTransforms: [
        { fieldPath: 'born', transformType: { $case: 'setToServerValue' as const, setToServerValue: 1 } },
      ],
    };
    await send(docstore(), ann, root, serverTime as never);
    await send(docstore(), ann, root, remove(doc('people/3')));
  });

  test('that does not fit writes nothing, and its neighbours are written', async () => {
    const writes = [set(doc('tiny/1'), { a: 1 }), set(doc('tiny/2'), { a: 1, b: 2 })];
    await expect(send(docstore(), admin, root, ...writes)).rejects.toEqual(misfit('tiny/2'));
    await expect(get(docstore(), admin, doc('tiny/1'))).rejects.toMatchObject({ code: Code.NOT_FOUND });
    const { status } = await batchWrite(docstore(), { database: root, writes, labels: {} }, admin);
    expect(status.map(({ code }) => code)).toEqual([Code.OK, Code.INVALID_ARGUMENT]);
  });
});

test('values are checked as a person would write them', () => {
  const fits = (schema: object, value: never | object | string | number) =>
    compileSchema({ properties: { v: schema } })({ v: value as never }) === undefined;
  expect(fits({ type: 'integer' }, { $double: 5 })).toBe(true);
  expect(fits({ type: 'integer', minimum: 2 ** 53 }, { $int: '9007199254740993' })).toBe(true);
  expect(fits({ type: 'number' }, { $double: 'NaN' })).toBe(false);
  expect(fits({ type: 'string', format: 'date-time' }, { $timestamp: '2026-01-02T03:04:05.678900Z' })).toBe(
    true,
  );
  expect(fits({ const: 'aGk=' }, { $bytes: 'aGk=' })).toBe(true);
  expect(
    fits({ type: 'string', pattern: '/users/' }, { $ref: 'projects/p/databases/d/documents/users/a' }),
  ).toBe(true);
  expect(fits({ required: ['latitude'] }, { $geo: [1, 2] })).toBe(true);
  expect(fits({ type: 'array', minItems: 2 }, { $vector: [1, 2] })).toBe(true);
  expect(fits({ required: ['toString'] }, {})).toBe(false);
  expect(fits({ required: ['$int'] }, { $keys: { $int: 1 } })).toBe(true);
  expect(fits({ additionalProperties: false }, JSON.parse('{"__proto__": 1}'))).toBe(false);
});

test.each([
  ['{', 'Schemas must be JSON'],
  ['[]', 'Schemas must be an object'],
  ['{"a":1}', 'Schema of "a"'],
  ['{"a":{"type":"text"}}', 'Schema of "a"'],
  ['{"a":{"requierd":["x"]}}', 'requierd'],
  ['{"a":{"$ref":"https://example.com/other.json"}}', 'other.json'],
  ['{"a":{"pattern":"(?=x)y"}}', 'Schema of "a"'],
  ['{"a":{"format":"colour"}}', 'colour'],
])('a bad schema is refused with its cause: %s', (text, cause) => {
  expect(() => Schemas.parse(text).compileAll()).toThrow(cause);
});

test('a pattern takes linear time, whatever a client writes', () => {
  const validate = compileSchema({ properties: { v: { pattern: '^(a+)+$' } } });
  const started = performance.now();
  expect(validate({ v: `${'a'.repeat(5_000)}!` })).toBeDefined();
  expect(performance.now() - started).toBeLessThan(2_000);
});

test('documents that are there already can be checked, page by page', async () => {
  const writes = Array.from({ length: 25 }, (_, i) => set(doc(`rooms/${i % 3}/items/${i}`), { n: i }));
  await send(docstore(), admin, root, ...writes);
  const validator = compileSchema({ properties: { n: { maximum: 9 } } });
  const found: string[] = [];
  let [checked, pages, after] = [0, 0, undefined as string | undefined];
  do {
    const page = await checkCollection(
      docstore().database,
      { name: 'p/d', collectionId: 'items' },
      validator,
      { after, limit: 4, maxChecked: 8 },
    );
    found.push(...page.misfits.map(({ name }) => name));
    expect(page.misfits.length).toBeLessThanOrEqual(4);
    expect(page.checked).toBeLessThanOrEqual(8);
    expect(page.checked).toBeGreaterThan(0);
    checked += page.checked;
    after = page.next;
    pages++;
  } while (after !== undefined);
  expect(checked).toBe(25);
  expect(pages).toBeGreaterThan(3);
  expect(found).toHaveLength(15);
  expect(found).toEqual([...new Set(found)]);
});
