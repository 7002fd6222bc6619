// Time of the codec on documents of ten fields: `node packages/values/bench/codec.ts`.
import { Document, encodeDocument, type Fields, sortKey, validateFields } from '@telestack/values';

const name = (i: number): string => `projects/demo/databases/(default)/documents/users/user-${i}`;
const fieldsOf = (i: number): Fields => ({
  name: `User number ${i}`,
  email: `user-${i}@example.com`,
  age: i % 90,
  score: i + 0.5,
  active: i % 2 === 0,
  createdAt: { $timestamp: '2026-01-02T03:04:05.678900Z' },
  tags: ['alpha', 'beta', 'gamma'],
  address: { city: 'Zürich', zip: '8001' },
  balance: { $double: 10 },
  note: null,
});
const documents = Array.from({ length: 1000 }, (_, i) => ({ name: name(i), fields: fieldsOf(i) }));
const small = documents.map(({ name, fields }) => ({
  name,
  fields: { name: fields.name!, age: fields.age! },
}));
const time = 1_767_323_045_678_900;

function measure(what: string, run: () => number): void {
  for (let i = 0; i < 20; i++) run();
  let count = 0;
  const start = performance.now();
  while (performance.now() - start < 1000) count += run();
  console.log(
    what.padEnd(28),
    Math.round(count / ((performance.now() - start) / 1000)).toLocaleString('en-US'),
    '/s',
  );
}

const encodeAll = (list: typeof documents): number => {
  for (const { name, fields } of list) encodeDocument(name, fields, time, time);
  return list.length;
};
const bytes = documents.map(({ name, fields }) => encodeDocument(name, fields, time, time));
console.log('bytes per document', bytes[0]!.length);
measure('encode, 10 fields', () => encodeAll(documents));
measure('encode, 2 fields', () => encodeAll(small));
measure('decode, 10 fields', () => {
  for (const one of bytes) Document.decode(one);
  return bytes.length;
});
measure('validate, 10 fields', () => {
  for (const { fields } of documents) validateFields(fields);
  return documents.length;
});
measure(
  'JSON.parse, 10 fields',
  (() => {
    const texts = documents.map(({ fields }) => JSON.stringify(fields));
    return () => {
      for (const text of texts) JSON.parse(text);
      return texts.length;
    };
  })(),
);
measure('sort key of a string', () => {
  for (const { fields } of documents) sortKey(fields.name!);
  return documents.length;
});
