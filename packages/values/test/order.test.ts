import {
  compareNames,
  compareText,
  compareValues,
  documentName,
  double,
  equalValues,
  int64,
  type Json,
  pathKey,
  sortKey,
} from '@telestack/values';
import { arbitraryNumber, arbitraryPath, arbitraryText, arbitraryValue } from '@telestack/values/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

/** Values in Firestore's order (checked against Google's emulator); those of one line are equal. */
const ASCENDING: Json[][] = [
  [null],
  [false],
  [true],
  [{ $double: 'NaN' }],
  [{ $double: '-Infinity' }],
  [{ $double: '-1e+300' }],
  [{ $int: '-9223372036854775808' }, { $double: '-9223372036854776000' }],
  [{ $int: '-9007199254740993' }],
  [{ $int: '-9007199254740992' }, { $double: '-9007199254740992' }],
  [-9007199254740991, { $double: -9007199254740991 }],
  [-1.5],
  [-1, { $double: -1 }],
  [-5e-324],
  [0, { $double: '-0' }, { $double: 0 }],
  [5e-324],
  [1, { $double: 1 }],
  [9007199254740991],
  [{ $int: '9007199254740992' }, { $double: '9007199254740992' }],
  [{ $int: '9007199254740993' }],
  [{ $int: '9007199254740994' }, { $double: '9007199254740994' }],
  [{ $int: '9223372036854775295' }],
  [{ $int: '9223372036854775807' }],
  [{ $double: '9223372036854775808' }],
  [{ $double: 'Infinity' }],
  [{ $timestamp: '0001-01-01T00:00:00.000000Z' }],
  [{ $timestamp: '2026-01-02T03:04:05.678900Z' }],
  [{ $timestamp: '2026-01-02T03:04:05.678901Z' }],
  [''],
  [{ $string: 'AA==' }],
  ['\x01'],
  ['\x02'],
  ['a'],
  [{ $string: 'YQA=' }],
  ['a\x01'],
  ['aa'],
  ['\ue000'],
  ['\uffff'],
  ['😀'],
  [{ $bytes: '' }],
  [{ $bytes: 'AA==' }],
  [{ $bytes: 'AAE=' }],
  [{ $bytes: '/w==' }],
  [{ $ref: 'projects/p/databases/(default)/documents/x/a' }],
  [{ $ref: 'projects/p/databases/(default)/documents/x/a/y/b' }],
  [{ $ref: 'projects/p/databases/(default)/documents/x/a-' }],
  [{ $ref: 'projects/p/databases/a/documents/x/a' }],
  [{ $geo: [-90, 0] }],
  [{ $geo: [0, -1] }],
  [{ $geo: [0, 1] }],
  [[]],
  [[null]],
  [[1], [{ $double: 1 }]],
  [[1, 0]],
  [[2]],
  [['a'], [{ $string: 'YQ==' }]],
  [['a', null]],
  [['a', 'b']],
  [['b']],
  [[{}]],
  [[{}, null]],
  [{ $vector: [-1] }],
  [{ $vector: [2] }],
  [{ $vector: [0, 0] }],
  [{}],
  [{ a: 1 }, { a: { $double: 1 } }],
  [{ a: 1, b: 0 }],
  [{ a: 2 }],
  [{ b: 0 }],
  [{ b: 0, $keys: { 'b%00': 1 } }],
];

describe('compareValues', () => {
  it('orders the table', () => {
    const flat = ASCENDING.flatMap((equals, rank) => equals.map((value) => ({ value, rank })));
    for (const a of flat) {
      for (const b of flat) {
        const order = Math.sign(a.rank - b.rank);
        const label = `${JSON.stringify(a.value)} and ${JSON.stringify(b.value)}`;
        expect(Math.sign(compareValues(a.value, b.value)), label).toBe(order);
        expect(equalValues(a.value, b.value), label).toBe(order === 0);
        expect(compareText(sortKey(a.value), sortKey(b.value)) <= 0, label).toBe(order <= 0);
      }
    }
  });

  it('is a total order', () => {
    fc.assert(
      fc.property(arbitraryValue(), arbitraryValue(), arbitraryValue(), (a, b, c) => {
        expect(compareValues(a, a)).toBe(0);
        expect(Math.sign(compareValues(a, b)) + Math.sign(compareValues(b, a))).toBe(0);
        const [x, y, z] = [a, b, c].sort(compareValues) as [Json, Json, Json];
        expect(compareValues(x, y)).toBeLessThanOrEqual(0);
        expect(compareValues(y, z)).toBeLessThanOrEqual(0);
        expect(compareValues(x, z)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 500 },
    );
  });
});

describe('sortKey', () => {
  const agree = (a: Json, b: Json): void => {
    const byKey = Math.sign(Buffer.compare(Buffer.from(sortKey(a)), Buffer.from(sortKey(b))));
    expect(byKey).toBe(Math.sign(compareValues(a, b)));
  };

  it('orders as compareValues does', () => {
    fc.assert(fc.property(arbitraryValue(), arbitraryValue(), agree), { numRuns: 2000 });
  });

  it('orders numbers as compareValues does', () => {
    fc.assert(fc.property(arbitraryNumber(), arbitraryNumber(), agree), { numRuns: 2000 });
    fc.assert(
      fc.property(
        fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 2000n }),
        fc.integer({ min: 0, max: 1999 }),
        (n, d) => {
          agree(int64(n), int64(n + BigInt(d)));
          agree(int64(-n), double(-Number(n)));
          agree(int64(n + BigInt(d)), double(Number(n)));
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('orders neighbours inside arrays as compareValues does', () => {
    fc.assert(
      fc.property(
        fc.array(arbitraryText(), { maxLength: 3 }),
        fc.array(arbitraryText(), { maxLength: 3 }),
        (a, b) => {
          const list = (texts: string[]): Json[] =>
            texts.map((text) =>
              text.includes('\0') ? { $string: Buffer.from(text).toString('base64') } : text,
            );
          agree(list(a), list(b));
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('never holds U+0000, which PostgreSQL cannot store', () => {
    fc.assert(
      fc.property(arbitraryValue(), (value) => {
        expect(sortKey(value)).not.toContain('\0');
      }),
    );
  });

  it.each<[Json, string]>([
    [null, '0'],
    [true, '1t'],
    [1, '2p3ff0000000000000'],
    [{ $double: '-0' }, '2p0000000000000000'],
    [-1, '2n400fffffffffffff'],
    [{ $double: 'NaN' }, '2a'],
    [{ $double: 'Infinity' }, '2p7ff00000000000005000'],
    [{ $int: '9007199254740993' }, '2p43400000000000005001'],
    [{ $int: '-9007199254740993' }, '2n3cbfffffffffffff4999'],
    [{ $int: '9223372036854775807' }, '2p43e00000000000004999'],
    [{ $timestamp: '2026-01-02T03:04:05.678900Z' }, '32026-01-02T03:04:05.678900Z'],
    ['a\x01b', '4a\x01\x03b'],
    [{ $string: 'YQBi' }, '4a\x01\x02b'],
    [{ $bytes: 'aGk=' }, '56869'],
    [{ $geo: [1, 0] }, '72p3ff00000000000002p0000000000000000'],
    [['a', { $bytes: 'aGk=' }], '84a\x01\x0156869\x01\x01'],
    [{ $vector: [1] }, '9000000012p3ff0000000000000'],
    [{ b: 1, a: null }, 'a4a\x01\x0104b\x01\x012p3ff0000000000000\x01'],
  ])('of %j', (value, key) => {
    expect(sortKey(value)).toBe(key);
  });
});

describe('compareNames', () => {
  it('goes by segments, numeric ids first', () => {
    const ids = [
      '__id-3__',
      '__id7__',
      '__id10__',
      '0',
      '10',
      'A',
      '_',
      '__',
      'a',
      'a\x01',
      'a b',
      'a-b',
      '~',
      'é',
      '\ue000',
      '😀',
    ];
    const paths = ids.map((id) => `c/${id}`);
    expect([...paths].reverse().sort(compareNames)).toStrictEqual(paths);
    expect([...paths].reverse().sort((a, b) => compareText(pathKey(a), pathKey(b)))).toStrictEqual(paths);
    expect(compareNames('a/b', 'a/b/c/d')).toBeLessThan(0);
    expect(compareNames('a/b/c/d', 'a/b-')).toBeLessThan(0);
  });

  it('is the order of path keys, and of references', () => {
    fc.assert(
      fc.property(arbitraryPath(), arbitraryPath(), (a, b) => {
        const order = Math.sign(compareNames(a, b));
        expect(Math.sign(compareText(pathKey(a), pathKey(b)))).toBe(order);
        const reference = (path: string): Json => ({ $ref: documentName('p/d', path) });
        expect(Math.sign(compareValues(reference(a), reference(b)))).toBe(order);
      }),
      { numRuns: 1000 },
    );
  });
});

it('compareText is the order of UTF-8 bytes', () => {
  fc.assert(
    fc.property(arbitraryText(), arbitraryText(), (a, b) => {
      expect(Math.sign(compareText(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
    { numRuns: 1000 },
  );
});
