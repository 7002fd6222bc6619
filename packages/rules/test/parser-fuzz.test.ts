import { compileRules } from '@telestack/rules';
import { describe, expect, it } from 'vitest';
import { sourceOf } from './corpus/builder.ts';
import { corpus } from './corpus/index.ts';
import { generateScenario } from './oracle/generate.ts';
import { Random } from './oracle/random.ts';
import { SOURCES } from './oracle/sources.ts';

const PIECES = [
  '(',
  ')',
  '{',
  '}',
  '[',
  ']',
  '/',
  '//',
  '/*',
  '*/',
  '"',
  "'",
  '\\',
  '$(',
  '=**',
  '.',
  ',',
  ';',
  ':',
  '?',
  '&&',
  '!',
  '-',
  '0',
  '1.',
  'a',
  ' in ',
  ' is ',
  'match ',
  'allow ',
  'function ',
  'let ',
  'return ',
  '\n',
  '\0',
  'é',
  '😀',
  '\ud800',
];

/** One mutation: cut, repeat, swap or insert. */
function mutate(source: string, random: Random): string {
  const from = random.below(source.length + 1);
  const to = Math.min(source.length, from + random.below(20));
  const [before, cut, after] = [source.slice(0, from), source.slice(from, to), source.slice(to)];
  return random.pick([
    () => before + after,
    () => before + cut + cut + after,
    () => before + random.pick(PIECES) + after,
    () => before + random.pick(PIECES) + cut + random.pick(PIECES) + after,
  ])();
}

/** Milliseconds of CPU to compile, whatever else the machine does. */
function timeOf(source: string): number {
  const start = process.cpuUsage();
  compileRules(source);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000;
}

describe('the compiler', () => {
  it('compiles or refuses whatever it is given', () => {
    const random = new Random(42);
    const seeds = [
      ...corpus.map(sourceOf),
      ...SOURCES.map(([, source]) => source),
      ...Array.from({ length: 30 }, (_, i) => generateScenario(i).rules),
    ];
    for (let i = 0; i < 2_000; i++) {
      let source = random.pick(seeds);
      for (let n = 1 + random.below(4); n > 0; n--) source = mutate(source, random);
      const compiled = compileRules(source);
      if (!compiled.ok) expect(compiled.problems.length).toBeGreaterThan(0);
    }
  });

  const size = 120_000;
  const rules = (body: string): string => `rules_version = '2';\nservice cloud.firestore { ${body} }`;
  it.each([
    ['parentheses', '('.repeat(size)],
    ['brackets in a condition', rules(`match /a/{b} { allow read: if ${'['.repeat(size)}`)],
    ['negations', rules(`match /a/{b} { allow read: if ${'!'.repeat(size)}`)],
    ['conjuncts', rules(`match /a/{b} { allow read: if ${'a&&'.repeat(size / 3)}a; }`)],
    ['members', rules(`match /a/{b} { allow read: if a${'.a'.repeat(size / 2)}; }`)],
    ['conditions', rules(`match /a/{b} { allow read: if ${'a?a:'.repeat(size / 4)}a; }`)],
    ['matches in matches', rules('match /a{'.repeat(size / 9))],
    ['matches', rules('match /a/{b}{allow read;}'.repeat(size / 26))],
    [
      'functions that call the next',
      rules(
        Array.from({ length: 3_000 }, (_, i) => `function f${i}(){return f${i + 1}();}`)
          .join('')
          .slice(0, size),
      ),
    ],
    [
      'functions that call all before',
      rules(
        `${Array.from({ length: 90 }, (_, i) => `function f${i}(){return [${Array.from({ length: i }, (_, j) => `f${j}()`).join()}];}`).join('')}match /a/{b}{allow read;}`,
      ),
    ],
    ['elements', rules(`match /a/{b} { allow read: if [${'1,'.repeat(size / 2)}1]; }`)],
    ['segments', rules(`match ${'/a'.repeat(size / 2)} { allow read; }`)],
    ['an open string', rules(`match /a/{b} { allow read: if "${'\\\\'.repeat(size / 2)}`)],
    ['an open comment', rules(`/*${'*'.repeat(size)}`)],
    ['slashes', '/'.repeat(size)],
    ['blanks', `${' '.repeat(size)}x`],
    ['a regular expression', rules(`match /a/{b} { allow read: if a.matches('${'(a*)*'.repeat(9_000)}'); }`)],
  ])('takes time in proportion to the source: %s', (_name, source) => {
    expect(timeOf(source)).toBeLessThan(3_000);
  });

  it('refuses more than 256 KB', () => {
    const source = rules(`match /a/{b} { allow read; } // ${'x'.repeat(256 * 1024)}`);
    expect(compileRules(source).ok).toBe(false);
  });
});
