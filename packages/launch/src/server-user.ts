import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { failedPrecondition } from '@telestack/errors';
import type { Log } from './log.ts';

export interface ServerUser {
  uid: number;
  gid: number;
}

/**
 * The user to run PostgreSQL as, which refuses to be root: undefined (stay as we are) unless we are root, then `postgres` if
 * there is one, else `nobody`.
 */
export function serverUser(): ServerUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    const uid = id('-u', name);
    const gid = id('-g', name);
    if (uid !== undefined && gid !== undefined) return { uid, gid };
  }
  throw failedPrecondition(
    'PostgreSQL does not run as root, and there is neither a user postgres nor a user nobody.',
  );
}

function id(option: string, name: string): number | undefined {
  const result = spawnSync('id', [option, name], { encoding: 'utf8', timeout: 5_000 });
  const number = Number.parseInt(result.stdout ?? '', 10);
  return result.status === 0 && Number.isInteger(number) ? number : undefined;
}

/**
 * Lets `user` pass through the folders above `path`. Where one of them is closed to it, passage (not listing) is opened to
 * all, and said so.
 */
export function openPassage(path: string, user: ServerUser, log: Log): void {
  for (let folder = dirname(resolve(path)); ; folder = dirname(folder)) {
    const { mode, uid, gid } = statSync(folder);
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) {
      log(`Letting PostgreSQL's user pass through ${folder} (mode o+x)`);
      chmodSync(folder, (mode & 0o7777) | bit);
    }
    if (folder === dirname(folder)) return;
  }
}

/** Makes `user` the owner of the folder itself, which only the owner may enter. */
export function giveFolder(folder: string, user: ServerUser | undefined): void {
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  chmodSync(folder, 0o700);
}
