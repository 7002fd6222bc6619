import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { failedPrecondition } from '@telestack/errors';
import { isAlive, startTimeOf } from './processes.ts';

const FILE = 'owner.lock';

interface Owner {
  pid: number;
  startTime: string;
}

/**
 * Makes this process the folder's owner until `release`. FAILED_PRECONDITION while another process that lives owns it; the lock
 * of one that was killed is taken over.
 */
export function lockFolder(folder: string): { release(): void } {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, FILE);
  const mine = join(folder, `.${FILE}.${randomUUID()}`);
  const owner: Owner = { pid: process.pid, startTime: startTimeOf(process.pid) };
  writeFileSync(mine, JSON.stringify(owner));
  try {
    for (let attempt = 0; attempt < 10; attempt++) {
      if (tryLink(mine, file)) return { release: () => releaseLock(file) };
      const other = readOwner(file);
      if (other !== undefined && isOwnerAlive(other)) {
        throw failedPrecondition(`The folder ${folder} is in use by process ${other.pid}.`);
      }
      discardStale(file, other);
    }
  } finally {
    unlinkSync(mine);
  }
  throw failedPrecondition(`The folder ${folder} cannot be locked.`);
}

/** True when a process that no longer lives has left its lock here. */
export function isAbandoned(folder: string): boolean {
  const owner = readOwner(join(folder, FILE));
  return owner !== undefined && !isOwnerAlive(owner);
}

function isOwnerAlive(owner: Owner): boolean {
  return isAlive(owner.pid) && startTimeOf(owner.pid) === owner.startTime;
}

function readOwner(file: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Owner;
  } catch {
    return undefined;
  }
}

/** Linking is atomic and fails if the file is there, content and all: no reader sees half a lock. */
function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Moves a dead owner's lock away; puts it back if a faster process has taken the lock between the look and the move. */
function discardStale(file: string, seen: Owner | undefined): void {
  const aside = `${file}.${randomUUID()}`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  const moved = readOwner(aside);
  if (moved !== undefined && moved.pid !== seen?.pid && isOwnerAlive(moved)) tryLink(aside, file);
  unlinkSync(aside);
}

function releaseLock(file: string): void {
  try {
    if (readOwner(file)?.pid === process.pid) unlinkSync(file);
  } catch {
    // The folder was removed.
  }
}
