import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../log.ts';
import {
  buildWithGo,
  findProgram,
  installedProgram,
  type Program,
  versionText,
} from '../programs/program.ts';
import { downloadChecked, releasePlatform } from '../programs/release.ts';

/** The last source of the community edition. Its module has no version tags, only this pseudo-version. */
const MODULE_VERSION = 'v0.0.0-20260212201848-7aac2a2c5b7c';
/** The last release with programs: those after it came as source only. */
const RELEASE = 'RELEASE.2025-09-07T16-13-09Z';
const RELEASES = 'https://dl.min.io/server/minio/release';
const MAX_RELEASE_BYTES = 256 * 1024 * 1024;
/** About 400 packages; some minutes on two cores. */
const BUILD_TIMEOUT_MS = 30 * 60_000;

const MINIO: Program = {
  name: 'minio',
  version: '2026-02-12',
  insteadOf: 'S3_ENDPOINT',
  isUsable: async (file) => /^\S+ version (RELEASE|DEVELOPMENT)\./m.test(await versionText(file)),
  sources: [
    ['download', downloadRelease],
    [
      'go install',
      (folder) => buildWithGo(`github.com/minio/minio@${MODULE_VERSION}`, 'minio', folder, BUILD_TIMEOUT_MS),
    ],
  ],
};

/**
 * The path of a MinIO server: on PATH, else from the cache, else the last official release, else built with Go's toolchain, and
 * cached. UNAVAILABLE with what was tried when none of these works.
 */
export const findMinio = (log: Log, signal?: AbortSignal): Promise<string> => findProgram(MINIO, log, signal);

/** The same where it is at hand, without fetching anything. */
export const installedMinio = (): Promise<string | undefined> => installedProgram(MINIO);

async function downloadRelease(folder: string): Promise<string> {
  const base = `${RELEASES}/${releasePlatform()}/archive/minio.${RELEASE}`;
  const program = await downloadChecked(base, `${base}.sha256sum`, `minio.${RELEASE}`, MAX_RELEASE_BYTES);
  const file = join(folder, 'minio');
  await writeFile(file, program, { mode: 0o755 });
  return file;
}
