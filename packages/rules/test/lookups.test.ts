import {
  checkDocument,
  compileRules,
  type DocumentRequest,
  evaluateWith,
  type Lookup,
} from '@telestack/rules';
import type { Fields } from '@telestack/values';
import { describe, expect, it } from 'vitest';

function compile(body: string) {
  const compiled = compileRules(`rules_version = '2';
service cloud.firestore { match /databases/{database}/documents { ${body} } }`);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  return compiled.ruleset;
}

const document = (path: string): string => `/databases/$(database)/documents/${path}`;
const request: DocumentRequest = {
  method: 'get',
  database: '(default)',
  path: 'p/a',
  auth: { uid: 'alice', token: {} },
  time: 1_700_000_000_000_000,
  before: {},
};

/** Runs rules over documents and notes each round trip. */
async function run(
  body: string,
  documents: { readonly [path: string]: Fields },
  more: Partial<DocumentRequest> = {},
) {
  const ruleset = compile(body);
  const rounds: string[][] = [];
  const decision = await evaluateWith(
    (source) => checkDocument(ruleset, { ...request, ...more }, source),
    async (lookups: readonly Lookup[]) => {
      rounds.push(lookups.map(({ path, state }) => (state === 'after' ? `${path} after` : path)));
      return lookups.map(({ path }) => documents[path] ?? null);
    },
  );
  return { decision, rounds };
}

describe('look-ups', () => {
  it('that do not depend on each other are made in one round trip', async () => {
    const body = `match /p/{id} { allow get: if exists(${document('a/1')}) && get(${document('b/$(request.auth.uid)')}).data.x == 1; }`;
    const { decision, rounds } = await run(body, { 'a/1': {}, 'b/alice': { x: 1 } });
    expect(decision.allowed).toBe(true);
    expect(rounds).toEqual([['a/1', 'b/alice']]);
    expect(decision.lookups.map(({ path }) => path)).toEqual(['a/1', 'b/alice']);
  });

  it('that depend on each other follow', async () => {
    const body = `match /p/{id} { allow get: if get(${document(`b/$(get(${document('a/1')}).data.next)`)}).data.x == 1; }`;
    const { decision, rounds } = await run(body, { 'a/1': { next: 'z' }, 'b/z': { x: 1 } });
    expect(decision.allowed).toBe(true);
    expect(rounds).toEqual([['a/1'], ['b/z']]);
  });

  it('are not made when the rest decides', async () => {
    const body = `match /p/{id} { allow get: if exists(${document('a/1')}) || request.auth.uid == 'alice'; }`;
    const { decision, rounds } = await run(body, {});
    expect([decision.allowed, rounds]).toEqual([true, []]);
  });

  it('see the state before and after a write', async () => {
    const body = `match /p/{id} { allow create: if !exists(${document('a/1')}) && existsAfter(${document('a/1')}); }`;
    const { rounds } = await run(body, {}, { method: 'create', before: null, after: {} });
    expect(rounds).toEqual([['a/1', 'a/1 after']]);
  });

  it('are limited to ten documents; the same one counts once', async () => {
    const many = (count: number): string =>
      Array.from({ length: count }, (_, i) => `!exists(${document(`a/${i}`)})`).join(' && ');
    const allow = (condition: string): string => `match /p/{id} { allow get: if ${condition}; }`;
    expect((await run(allow(`${many(10)} && !exists(${document('a/3')})`), {})).decision.allowed).toBe(true);
    expect((await run(allow(many(11)), {})).decision.allowed).toBe(false);
  });

  // As Google's emulator decides them.
  it('are limited to twenty for all documents of a request, ten for each that are new', async () => {
    const some = (from: number, count: number): string =>
      Array.from({ length: count }, (_, i) => `!exists(${document(`a/${from + i}`)})`).join(' && ');
    const decide = async (...conditions: string[]): Promise<boolean[]> => {
      const lookedUp = new Map<string, string>();
      const decisions: boolean[] = [];
      for (const [i, condition] of conditions.entries()) {
        const rules = `match /p/{id} { allow get: if ${condition}; }`;
        decisions.push((await run(rules, {}, { path: `p/w${i}`, lookedUp })).decision.allowed);
      }
      return decisions;
    };
    expect(await decide(some(0, 11), some(0, 1))).toEqual([false, true]);
    expect(await decide(some(0, 8), `${some(0, 8)} && ${some(8, 4)}`)).toEqual([true, true]);
    expect(await decide(some(0, 7), some(7, 7), some(14, 7))).toEqual([true, true, false]);
    expect(await decide(some(0, 10), some(10, 10), some(0, 1))).toEqual([true, true, true]);
    expect(await decide(some(0, 10), some(10, 10), `${some(30, 1)} || true`)).toEqual([true, true, true]);
  });

  it('count a document once, whichever of its states is looked at', async () => {
    const both = Array.from(
      { length: 6 },
      (_, i) => `!exists(${document(`a/${i}`)}) && !existsAfter(${document(`a/${i}`)})`,
    ).join(' && ');
    const body = `match /p/{id} { allow create: if ${both}; }`;
    const request = { method: 'create', before: null, after: {} } as const;
    expect((await run(body, {}, request)).decision.allowed).toBe(true);
  });

  it('of a missing document fail, and an error denies', async () => {
    const body = `match /p/{id} { allow get: if get(${document('a/1')}).data.x != 1; }`;
    const { decision } = await run(body, {});
    expect(decision.allowed).toBe(false);
    expect(decision.reasons).toEqual([{ line: 2, message: 'Service call error. Function: [get]' }]);
  });

  it('tell whether the decision depends on the time and on the caller', async () => {
    const allow = (condition: string): string => `match /p/{id} { allow get: if ${condition}; }`;
    expect((await run(allow('true'), {})).decision.dependencies).toEqual({ time: false, auth: false });
    expect((await run(allow('request.time > timestamp.date(2020, 1, 1)'), {})).decision.dependencies).toEqual(
      { time: true, auth: false },
    );
    expect((await run(allow('request.auth != null'), {})).decision.dependencies).toEqual({
      time: false,
      auth: true,
    });
  });

  it('refuse a request that evaluates more than 1,000 expressions, whatever else allows it', async () => {
    const body = `function heavy() { return [${Array(100).fill('1').join()}].size() > 0; }
      match /p/{id} { allow get: if ${Array(12).fill('heavy()').join(' && ')} || true; allow get; }`;
    const { decision } = await run(body, {});
    expect(decision.allowed).toBe(false);
    expect(decision.reasons[0]!.message).toMatch(/maximum of 1000 expressions/);
  });
});
