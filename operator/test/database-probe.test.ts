import type { ApiClient } from '@telestack/controller';
import { eventually } from '@telestack/testkit';
import { expect, test } from 'vitest';
import { DatabaseProbe } from '../src/reconcile/database-probe.ts';
import { projectOf } from './support/desired.ts';

const external = (name: string) =>
  projectOf(
    { postgresql: { external: { urlSecretRef: { name: 'db' } } }, supertokens: { enabled: false } },
    name,
  );

function probe(connect: (url: string) => Promise<string | undefined>) {
  const answered: string[] = [];
  let reads = 0;
  const client = {
    get: async () => {
      reads++;
      return { data: { url: Buffer.from('postgresql://x').toString('base64') } };
    },
  } as unknown as ApiClient;
  const it = new DatabaseProbe({ client, connect, onAnswer: (key) => answered.push(key) });
  return { it, answered, reads: () => reads };
}

test('nobody waits for a database that does not answer', async () => {
  let open = 0;
  const { it } = probe(() => {
    open++;
    return new Promise(() => {});
  });
  for (let i = 0; i < 200; i++) expect(it.check(external(`p${i}`), '1')).toBe('asked');
  await eventually(() => expect(open).toBe(32));
});

test('an answer is told, and remembered for the version of the Secret that it is about', async () => {
  const { it, answered, reads } = probe(async () => 'it is broken');
  expect(it.check(external('a'), '1')).toBe('asked');
  await eventually(() => expect(answered).toEqual(['apps/a']));
  expect(it.check(external('a'), '1')).toMatchObject({
    problem: { reason: 'DatabaseUnusable', message: 'spec.postgresql.external: it is broken' },
  });
  expect(reads()).toBe(1);
  expect(it.check(external('a'), '2')).toBe('asked');
  await eventually(() => expect(answered).toHaveLength(2));
  expect(reads()).toBe(2);
});

test('a project with a database of its own is not asked about', () => {
  const { it } = probe(async () => undefined);
  expect(it.check(projectOf({}), '')).toBeUndefined();
});
