import { StatusError } from '@telestack/errors';
import { Write } from '@telestack/protos/google/firestore/v1/write.ts';
import type { Fields, Json } from '@telestack/values';
import { describe, expect, it } from 'vitest';
import { planCommits } from '../src/commit/plan.ts';
import { parseWrites } from '../src/commit/writes.ts';

const ROOT = 'projects/p/databases/d/documents';
const exists = (value: boolean): Partial<Write> => ({
  currentDocument: { conditionType: { $case: 'exists', exists: value } },
});

const set = (path: string, fields: Fields, more: Partial<Write> = {}): Write => ({
  ...Write.create(),
  operation: {
    $case: 'update',
    update: { name: `${ROOT}/${path}`, fields, createTime: undefined, updateTime: undefined },
  },
  ...more,
});
const remove = (path: string, more: Partial<Write> = {}): Write => ({
  ...Write.create(),
  operation: { $case: 'delete', delete: `${ROOT}/${path}` },
  ...more,
});
const mask = (...fieldPaths: string[]): Partial<Write> => ({ updateMask: { fieldPaths } });

/** What a commit of writes to an empty database is refused for. */
function refusal(...writes: Write[]): string {
  try {
    const operations = parseWrites(writes, 'p/d');
    const { outcomes } = planCommits([{ database: 'p/d', operations }], new Map(), 0);
    const [outcome] = outcomes;
    return outcome?.kind === 'failed' ? outcome.error.message : 'accepted';
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    return error.message;
  }
}

function nested(levels: number): Json {
  let value: Json = 1;
  for (let i = 0; i < levels; i++) value = { a: value };
  return value;
}
const DEEP: Fields = { x: nested(21) };
const NESTED = 'Property x contains an invalid nested entity.';

describe('what a document may not hold', () => {
  it.each<[string, Write[], string]>([
    ['is refused', [set('c/a', DEEP)], NESTED],
    ['in any write of a commit', [set('c/a', {}), set('c/b', DEEP)], NESTED],
    ['unless the mask leaves it out', [set('c/a', DEEP, mask('y'))], 'accepted'],
    ['unless it is deleted again', [set('c/a', DEEP), remove('c/a')], 'accepted'],
    ['unless it is replaced', [set('c/a', DEEP), set('c/a', { y: 1 })], 'accepted'],
    ['but not when it is only changed', [set('c/a', DEEP), set('c/a', { y: 1 }, mask('y'))], NESTED],
    ['before what is stored is looked at', [set('c/b', {}, exists(true)), set('c/a', DEEP)], NESTED],
    [
      'as are names that are too long',
      [set(`c/${'a'.repeat(1501)}`, {})],
      'The key path element name is longer than 1500 bytes.',
    ],
    ['which can be deleted', [remove(`c/${'a'.repeat(1501)}`)], 'accepted'],
  ])('%s', (_, writes, message) => {
    expect(refusal(...writes)).toBe(message);
  });

  it('is weighed when everything else is right', () => {
    const half = 's'.repeat(600_000);
    const large = set('c/a', { x: half }, mask('x'));
    const more = set('c/a', { y: half }, mask('y'));
    expect(refusal(large)).toBe('accepted');
    expect(refusal(large, more)).toMatch(/^Document '.*\/c\/a' cannot be written because its size \(1,200,/);
    expect(refusal(large, more, remove('c/a'))).toBe('accepted');
    expect(refusal(large, more, set('c/b', {}, exists(true)))).toMatch(/^No document to update/);
  });
});

describe('writes of one document', () => {
  it.each<[string, Write[], string]>([
    ['a set', [set('c/a', {})], 'upsert'],
    ['an update', [set('c/a', {}, exists(true))], 'update'],
    ['a create', [set('c/a', {}, exists(false))], 'insert'],
    ['a set and a delete, then a set', [set('c/a', {}), remove('c/a'), set('c/a', {})], 'upsert'],
    ['a delete of what exists, then a set', [remove('c/a', exists(true)), set('c/a', {})], 'update'],
    ['a delete of what does not, then a set', [remove('c/a', exists(false)), set('c/a', {})], 'insert'],
  ])('come to what the first of them expects: %s', (_, writes, mutation) => {
    expect(refusal(...writes, set('c/a', {}, exists(false)))).toBe(
      `Cannot ${mutation} then insert an entity in the same request.`,
    );
  });
});
