import { parseJsonText } from '@telestack/json';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

describe('parseJsonText', () => {
  it.each(['{" ":1,"\\n":2}', '{" ":1,"\\u0000":2}', '{" ":1,"\\"":2}', '[{" ":1,"\\t" : {"\\r":3}}]'])(
    'keeps the keys of %s whatever was parsed before',
    (text) => {
      // These teach V8 a key that the raw text of the others begins with.
      for (let i = 0; i < 3; i++) JSON.parse('[{" ":1,"\\\\":2},{" ":1,"\\\\":{"\\\\":3}}]');
      expect(JSON.stringify(parseJsonText(text))).toBe(text.replaceAll(' :', ':').replaceAll(': ', ':'));
    },
  );

  it('reads what JSON.stringify writes', () => {
    const text = fc.string({ unit: 'binary' });
    const key = fc.oneof(text, fc.constantFrom('\\', '\n', '"', '\0', '\\n', 'key:0', '__proto__'));
    const tree = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 4 }, fc.integer(), text, fc.array(tie('value')), tie('object')),
      object: fc.dictionary(key, tie('value')),
    }));
    fc.assert(
      fc.property(tree.value, (value) => {
        const written = JSON.stringify(value);
        expect(JSON.stringify(parseJsonText(written))).toBe(written);
      }),
    );
  });

  it.each(['{"a\\":1', '{"\\x":1}', '{"\\n":1,}', '"\\', '{"\\n"', ''])('refuses %s', (text) => {
    expect(() => parseJsonText(text)).toThrow(SyntaxError);
  });

  it('revives values behind escaped keys', () => {
    const double = (_: string, value: unknown) => (typeof value === 'number' ? value * 2 : value);
    expect(parseJsonText('{"\\n":[1,{"a":2}]}', double)).toEqual({ '\n': [2, { a: 4 }] });
  });

  it('takes time in proportion to the text', () => {
    const text = JSON.stringify({ '\n': '\n'.repeat(1_000_000), a: '"'.repeat(1_000_000) });
    const started = performance.now();
    parseJsonText(text);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
