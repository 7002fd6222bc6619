import { readFileSync } from 'node:fs';
import { compileRules } from '@telestack/rules';
import { describe, expect, it } from 'vitest';
import { Compiler } from '../src/evaluate/compiler.ts';
import { LookupSession } from '../src/evaluate/lookups.ts';
import { requestMap } from '../src/evaluate/request.ts';
import { Scope } from '../src/evaluate/scope.ts';
import { parseRules } from '../src/syntax/parser.ts';
import { show } from './show.ts';

/** Expressions and what they are to Google's emulator: a value, an error, or refused by the compiler. */
const measured = JSON.parse(
  readFileSync(new URL('data/expressions.json', import.meta.url), 'utf8'),
) as (readonly [source: string, result: string])[];

/** Documented and taken here, unknown to the emulator. */
const isDocumentedOnly = (source: string): boolean => /^bool\(|isInfinite/.test(source);

/** Where the emulator is odd in a way that nobody relies on. */
const ODD: Readonly<Record<string, string>> = {
  'float("0x1p3")': 'hexadecimal floats',
  'int("١")': 'digits that are not ASCII',
  'latlng.value(52.5,13.4).distance(latlng.value(48.1,11.6))': 'the last bit of a sine',
  'timestamp.value("2020-01-01T00:00:60Z")': 'a leap second',
  'debug()': 'the message',
  'path("/a/{b}/c") == /a/{b}/c': 'templates with holes equal nothing',
  'exists(/databases/(default)/documents/a/{b})': 'the message',
};

function evaluate(source: string): string {
  const rules = `rules_version = '2';
service cloud.firestore { match /databases/{database}/documents/p/{id} { allow read: if debug(
${source}) == null; } }`;
  if (!compileRules(rules).ok) return 'refused';
  const condition = parseRules(rules).services[0]!.body.matches[0]!.body.allows[0]!.condition!;
  if (condition.kind !== 'binary' || condition.left.kind !== 'call') throw new Error('not as written');
  const wildcards = new Map([
    ['database', 0],
    ['id', 1],
  ]);
  const compiler = new Compiler('cloud.firestore', new Scope(undefined, wildcards, []));
  const auth = { uid: 'u1', token: { sub: 'u1', user_id: 'u1' } };
  const path = ['databases', '(default)', 'documents', 'p', 'a'];
  return show(
    compiler.expression(condition.left.args[0]!)({
      request: requestMap({ method: 'get', path, auth, time: Date.now() * 1_000, more: {} }),
      resource: null,
      lookups: new LookupSession(() => null, '(default)'),
      captures: ['(default)', 'a'],
      locals: [],
      evaluated: 0,
    }),
  );
}

describe('expressions', () => {
  it('there are many', () => expect(measured.length).toBeGreaterThan(900));

  it('have the values that the emulator gives them', () => {
    const different = measured
      .filter(([source]) => !isDocumentedOnly(source) && ODD[source] === undefined)
      .map(([source, expected]) => ({ source, expected, actual: evaluate(source) }))
      .filter(({ expected, actual }) => expected !== actual);
    expect(different).toEqual([]);
  });

  it.each([
    ['bool("true")', 'true'],
    ['bool("FALSE")', 'false'],
    ['bool(true)', 'true'],
    ['math.isInfinite(1 / 0.0)', 'true'],
    ['math.isInfinite(1)', 'false'],
  ])('%s is %s, as documented', (source, expected) => expect(evaluate(source)).toBe(expected));
});
