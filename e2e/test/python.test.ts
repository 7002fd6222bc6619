import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { pythonWithFirestore } from './support/python.ts';
import { describeTarget, freshProject, target } from './support/target.ts';

const SUITE = join(import.meta.dirname, '..', 'python', 'suite.py');
const INSTALL_MS = 400_000;

interface Result {
  check: string;
  ok: boolean;
  error?: string;
}

describeTarget("Python's google-cloud-firestore", () => {
  it(
    'passes its checks: documents, transforms, queries, transactions, lists, listeners',
    async ({ skip }) => {
      const found = await pythonWithFirestore();
      if ('missing' in found) {
        skip(`skipped: ${found.missing}`);
        return;
      }
      const env = { ...process.env, FIRESTORE_EMULATOR_HOST: target, PROJECT_ID: freshProject() };
      const outcome = await promisify(execFile)(found.python, [SUITE], { env, timeout: 120_000 }).catch(
        (error: Error & { stdout?: string; stderr?: string }) => error,
      );
      const lines = (outcome.stdout ?? '').split('\n').filter((line) => line.startsWith('{'));
      const results = lines.map((line) => JSON.parse(line) as Result);
      const failures = results
        .filter((result) => !result.ok)
        .map((result) => `${result.check}: ${result.error}`);
      expect(failures, outcome.stderr).toEqual([]);
      expect(results.map((result) => result.check)).toEqual([
        ...['documents', 'transforms', 'queries', 'transactions', 'lists', 'listeners'],
      ]);
      expect(outcome).not.toBeInstanceOf(Error);
    },
    INSTALL_MS,
  );
});
