import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code } from '@telestack/errors';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isAbandoned, lockFolder } from '../src/folder-lock.ts';
import { kill, runFixture } from './fixtures/run.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'telestack-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a folder has one owner at a time', () => {
  const lock = lockFolder(folder);
  expect(() => lockFolder(folder)).toThrow(`in use by process ${process.pid}`);
  lock.release();
  lockFolder(folder).release();
  expect(readdirSync(folder)).toEqual([]);
});

test('another process’s lock holds until that process is killed', async () => {
  const { child } = await runFixture('hold-folder.ts', folder);
  expect(() => lockFolder(folder)).toThrow(expect.objectContaining({ code: Code.FAILED_PRECONDITION }));
  expect(isAbandoned(folder)).toBe(false);
  await kill(child);
  expect(isAbandoned(folder)).toBe(true);
  lockFolder(folder).release();
});

test('an id that belongs to another process by now does not hold the lock', () => {
  writeFileSync(join(folder, 'owner.lock'), JSON.stringify({ pid: process.ppid, startTime: 'long ago' }));
  lockFolder(folder).release();
});

test('a damaged lock is replaced', () => {
  writeFileSync(join(folder, 'owner.lock'), '');
  lockFolder(folder).release();
});
