import { readFileSync } from 'node:fs';
import { compileRules } from '@telestack/rules';
import { describe, expect, it } from 'vitest';
import { type Published, sourceOf } from './corpus/builder.ts';
import { corpus } from './corpus/index.ts';
import { decideLocally } from './oracle/local.ts';

/** What Google's emulator decided, one sign per request: `corpus/record.ts`. */
const decisions = JSON.parse(
  readFileSync(new URL('corpus/decisions.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, string>>;

function decideAll(published: Published): string {
  const compiled = compileRules(sourceOf(published));
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  return published.requests
    .map((request) => {
      const now = Date.now() * 1_000;
      return decideLocally(compiled.ruleset, published.documents, request, now).allowed ? '+' : '-';
    })
    .join('');
}

describe('rules as people publish them', () => {
  it('there are a hundred', () => {
    expect(corpus.length).toBeGreaterThanOrEqual(100);
    expect(new Set(corpus.map(({ name }) => name)).size).toBe(corpus.length);
  });

  it.each(corpus.map((published) => [published.name, published] as const))('%s', (name, published) => {
    expect(decideAll(published)).toBe(decisions[name]);
  });
});
