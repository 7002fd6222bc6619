import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { notFound } from '@telestack/errors';
import type { Bucket } from './bucket.ts';

/** Written last: a backup without it is half a one, and is not restored. */
const COMPLETE = 'complete';

/** Puts the folder's files into the bucket as a backup named by the time, and deletes all but the newest `keep`. Resolves to its name. */
export async function upload(
  bucket: Bucket,
  prefix: string,
  folder: string,
  keep: number,
  now: Date,
): Promise<string> {
  const name = now
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(':', '-');
  await bucket.ensure();
  for (const file of readdirSync(folder)) await bucket.put(`${prefix}${name}/${file}`, join(folder, file));
  await mark(bucket, `${prefix}${name}/${COMPLETE}`);
  const keys = await bucket.list(prefix);
  const old = completeBackups(keys, prefix).slice(0, -keep);
  for (const key of keys) if (old.some((it) => key.startsWith(`${prefix}${it}/`))) await bucket.delete(key);
  return name;
}

/** Fetches a backup's files into the folder; NOT_FOUND when there is no complete one. `backup`: its name, or "latest". */
export async function download(
  bucket: Bucket,
  prefix: string,
  folder: string,
  backup: string,
): Promise<string> {
  const keys = await bucket.list(prefix);
  const complete = completeBackups(keys, prefix);
  const name = backup === 'latest' ? complete.at(-1) : complete.find((it) => it === backup);
  if (name === undefined)
    throw notFound(`There is no complete backup ${backup} under ${prefix || 'the bucket'}.`);
  for (const key of keys) {
    const file = key.slice(`${prefix}${name}/`.length);
    if (!key.startsWith(`${prefix}${name}/`) || file === COMPLETE || file.includes('/')) continue;
    await bucket.fetch(key, join(folder, file));
  }
  return name;
}

/** Names, oldest first. */
function completeBackups(keys: readonly string[], prefix: string): string[] {
  return keys
    .filter((key) => key.startsWith(prefix) && key.endsWith(`/${COMPLETE}`))
    .map((key) => key.slice(prefix.length, -COMPLETE.length - 1))
    .filter((name) => !name.includes('/'))
    .sort();
}

async function mark(bucket: Bucket, key: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'telestack-backup-'));
  try {
    writeFileSync(join(folder, COMPLETE), '');
    await bucket.put(key, join(folder, COMPLETE));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** True when there is data already, which a restore must not touch. */
export function isFilled(marker: string): boolean {
  return marker !== '' && existsSync(marker);
}
