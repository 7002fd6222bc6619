import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Log } from '../log.ts';
import { buildWithGo, findProgram, type Program, versionText } from '../programs/program.ts';
import { downloadPinned, releasePlatform } from '../programs/release.ts';

/** The version that is built where none is installed and no release can be had. */
export const NATS_VERSION = '2.15.2';
/** The release that is downloaded: the newest one whose checksums the project publishes apart from the release itself. */
const RELEASE = '2.14.5';
/** SHA-256 of its archives, from the sources of the project's own image (github.com/nats-io/nats-docker). Other platforms build it. */
const CHECKSUMS: Readonly<Record<string, string>> = {
  'linux-amd64': '5e3b603d47c447bda1f77f9ac16dbf91c90aac4ff3681f8fbbc7201e4ed99355',
  'linux-arm64': '673a98d3faa79dde3f9ebf16d6dfac36a5f694e7ad2015e4954dd7939c85cd4c',
};
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

/** The official release, if it is what it was when it was pinned, unpacked. */
async function downloadRelease(folder: string): Promise<string> {
  const platform = releasePlatform();
  const checksum = CHECKSUMS[platform];
  if (checksum === undefined) throw new Error(`no checksum is known of the release for ${platform}`);
  const name = `nats-server-v${RELEASE}-${platform}`;
  const url = `${RELEASES}/v${RELEASE}/${name}.tar.gz`;
  const file = join(folder, 'release.tar.gz');
  await writeFile(file, await downloadPinned(url, checksum, MAX_ARCHIVE_BYTES));
  await promisify(execFile)('tar', ['-xzf', file, '-C', folder], { timeout: 60_000 });
  return join(folder, name, 'nats-server');
}
