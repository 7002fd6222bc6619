import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const TAR_TIMEOUT_MS = 300_000;

/** One entry of a layer; `path` is where it gets to in the image, without a leading slash. */
export type LayerEntry =
  /** A file or folder of this machine. `skip` leaves out parts of a folder, by their path on this machine. */
  | { readonly path: string; readonly from: string; readonly skip?: (path: string) => boolean }
  | { readonly path: string; readonly text: string }
  | { readonly path: string; readonly linkTo: string };

export interface Layer {
  /** An uncompressed tar. */
  readonly file: string;
  /** sha256 of it, in hex. */
  readonly digest: string;
  readonly size: number;
}

/**
 * Packs a layer: all of root, with fixed times, in a fixed order, so the same content gives the same bytes. Found again in the cache by a hash of the
 * content.
 */
export async function packLayer(entries: readonly LayerEntry[], cache: string): Promise<Layer> {
  const key = hashEntries(entries);
  const file = join(cache, `${key}.tar`);
  mkdirSync(cache, { recursive: true });
  if (!existsSync(file)) {
    const work = join(cache, `.${randomUUID()}`);
    try {
      const root = join(work, 'root');
      for (const entry of entries) place(root, entry);
      const made = join(work, 'layer.tar');
      await run(
        'tar',
        [
          ['--create', '--file', made, '--directory', root, '--sort=name', '--mtime=@0', '--format=posix'],
          ['--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime'],
          ['--owner=0', '--group=0', '--numeric-owner', '--mode=u+rwX,go+rX,go-w', '.'],
        ].flat(),
        { timeout: TAR_TIMEOUT_MS },
      );
      renameSync(made, file);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }
  const now = new Date();
  // What is in use stays in the cache.
  utimesSync(file, now, now);
  const bytes = readFileSync(file);
  return { file, digest: createHash('sha256').update(bytes).digest('hex'), size: bytes.length };
}

function place(root: string, entry: LayerEntry): void {
  const to = join(root, entry.path);
  mkdirSync(dirname(to), { recursive: true });
  if ('text' in entry) writeFileSync(to, entry.text);
  else if ('linkTo' in entry) symlinkSync(entry.linkTo, to);
  else {
    const { from, skip = () => false } = entry;
    cpSync(from, to, { recursive: true, verbatimSymlinks: true, filter: (path) => !skip(path) });
  }
}

function hashEntries(entries: readonly LayerEntry[]): string {
  const hash = createHash('sha256');
  const add = (...parts: (string | Buffer)[]) => {
    for (const part of parts) hash.update(`${part.length}:`).update(part);
  };
  const walk = (from: string, to: string, skip: (path: string) => boolean): void => {
    if (skip(from)) return;
    const stat = lstatSync(from);
    if (stat.isSymbolicLink()) add('link', to, readlinkSync(from));
    else if (stat.isDirectory()) {
      add('folder', to);
      for (const name of readdirSync(from).sort()) walk(join(from, name), join(to, name), skip);
    } else add('file', to, String(stat.mode & 0o111), readFileSync(from));
  };
  for (const entry of entries) {
    if ('text' in entry) add('text', entry.path, entry.text);
    else if ('linkTo' in entry) add('link', entry.path, entry.linkTo);
    else walk(entry.from, entry.path, entry.skip ?? (() => false));
  }
  return hash.digest('hex');
}
