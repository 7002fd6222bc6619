import { execFile } from 'node:child_process';
import {
  appendFileSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { failedPrecondition, internal } from '@telestack/errors';
import type { Log } from '../log.ts';
import { giveFolder, type ServerUser } from '../server-user.ts';
import type { PostgresBinaries } from './binaries.ts';
import { HBA_CONFIG } from './settings.ts';

const CONFIG_FILE = 'telestack.conf';
const MAJOR = '18';

/**
 * Creates the database cluster unless it is there: C collation (Firestore orders strings by bytes), UTF-8, checksums. It is made
 * beside its place and moved, so a start that was killed half way leaves nothing that looks like a cluster.
 */
export async function ensureCluster(options: {
  folder: string;
  binaries: PostgresBinaries;
  user: ServerUser | undefined;
  password: string;
  log: Log;
}): Promise<void> {
  const { folder, binaries, user, password, log } = options;
  if (existsSync(join(folder, 'PG_VERSION'))) {
    const version = readFileSync(join(folder, 'PG_VERSION'), 'utf8').trim();
    if (version !== MAJOR) {
      throw failedPrecondition(
        `The data in ${folder} is of PostgreSQL ${version}; this is ${MAJOR}. Dump and restore it.`,
      );
    }
    return;
  }
  log('Creating the database cluster');
  const making = `${folder}.new`;
  const passwordFile = `${folder}.password`;
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { recursive: true });
  giveFolder(making, user);
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (user !== undefined) chownSync(passwordFile, user.uid, user.gid);
  try {
    await promisify(execFile)(
      binaries.initdb,
      [
        ['-D', making, '-U', 'postgres', '--pwfile', passwordFile],
        ['--locale=C', '--encoding=UTF8', '--auth-local=trust', '--auth-host=scram-sha-256'],
        ['--no-instructions', '--data-checksums'],
      ].flat(),
      { ...user, cwd: making, env: serverEnv(making), timeout: 120_000 },
    );
  } catch (error) {
    throw internal(`initdb failed: ${(error as { stderr?: string }).stderr ?? String(error)}`, {
      cause: error,
    });
  } finally {
    rmSync(passwordFile, { force: true });
  }
  writeFileSync(join(making, 'pg_hba.conf'), HBA_CONFIG);
  appendFileSync(join(making, 'postgresql.conf'), `\ninclude_if_exists = '${CONFIG_FILE}'\n`);
  renameSync(making, folder);
}

/** Writes the settings of this start. */
export function writeConfig(folder: string, text: string, user: ServerUser | undefined): void {
  const file = join(folder, CONFIG_FILE);
  writeFileSync(`${file}.next`, text, { mode: 0o600 });
  if (user !== undefined) chownSync(`${file}.next`, user.uid, user.gid);
  renameSync(`${file}.next`, file);
}

/** glibc gives memory back after each statement and asks for it again in the next: an eighth of a backend's time in groups of small commits. */
const MEMORY = { MALLOC_TRIM_THRESHOLD_: String(64 * 1024 * 1024), MALLOC_TOP_PAD_: String(1024 * 1024) };

/** A clean environment: the caller's PG* variables are not meant for this server. */
export function serverEnv(folder: string): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, HOME: dirname(folder), LC_ALL: 'C', TZ: 'UTC', ...MEMORY };
}
