import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Log } from '../log.ts';
import { buildWithGo, findProgram, type Program, versionText } from '../programs/program.ts';
import { downloadChecked, releasePlatform } from '../programs/release.ts';

/** The version that is fetched where none is installed. */
export const NATS_VERSION = '2.15.2';
/** JetStream as the change stream uses it (consumer flow control, `sync_interval: always`) is there from this version on. */
const LEAST = [2, 10] as const;
const RELEASES = 'https://github.com/nats-io/nats-server/releases/download';
const MAX_ARCHIVE_BYTES = 64 * 1024 * 1024;
const BUILD_TIMEOUT_MS = 10 * 60_000;

const NATS: Program = {
  name: 'nats-server',
  version: NATS_VERSION,
  insteadOf: 'NATS_URL',
  isUsable: async (file) => {
    const [, major, minor] = /v(\d+)\.(\d+)/.exec(await versionText(file)) ?? [];
    const version = [Number(major), Number(minor)] as const;
    return version[0] > LEAST[0] || (version[0] === LEAST[0] && version[1] >= LEAST[1]);
  },
  sources: [
    ['download', downloadRelease],
    [
      'go install',
      (folder) =>
        buildWithGo(
          `github.com/nats-io/nats-server/v2@v${NATS_VERSION}`,
          'nats-server',
          folder,
          BUILD_TIMEOUT_MS,
        ),
    ],
  ],
};

/**
 * The path of a nats-server: on PATH if recent enough, else from the cache, else the pinned release, else built with Go's
 * toolchain, and cached. UNAVAILABLE with what was tried when none of these works.
 */
export const findNatsServer = (log: Log): Promise<string> => findProgram(NATS, log);

/** The official release, compared with its SHA256SUMS and unpacked. */
async function downloadRelease(folder: string): Promise<string> {
  const name = `nats-server-v${NATS_VERSION}-${releasePlatform()}`;
  const base = `${RELEASES}/v${NATS_VERSION}`;
  const archive = await downloadChecked(
    `${base}/${name}.tar.gz`,
    `${base}/SHA256SUMS`,
    `${name}.tar.gz`,
    MAX_ARCHIVE_BYTES,
  );
  const file = join(folder, 'release.tar.gz');
  await writeFile(file, archive);
  await promisify(execFile)('tar', ['-xzf', file, '-C', folder], { timeout: 60_000 });
  return join(folder, name, 'nats-server');
}
