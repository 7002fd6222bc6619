import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const BASE = 'https://github.com/nats-io/nats-server/releases/download';
const ARCHES: Record<string, string> = { x64: 'amd64', arm64: 'arm64' };
/** One try each: a machine without access to the release must come to the next way soon. */
const SUMS_TIMEOUT_MS = 10_000;
const ARCHIVE_TIMEOUT_MS = 120_000;
const MAX_ARCHIVE_BYTES = 64 * 1024 * 1024;

/** Downloads the official release, compares it with the release's SHA256SUMS and unpacks it into `folder`. */
export async function downloadRelease(version: string, folder: string): Promise<string> {
  const arch = ARCHES[process.arch];
  if (arch === undefined || (process.platform !== 'linux' && process.platform !== 'darwin')) {
    throw new Error(`there is no release for ${process.platform} on ${process.arch}`);
  }
  const name = `nats-server-v${version}-${process.platform}-${arch}`;
  const sums = (await download(`${BASE}/v${version}/SHA256SUMS`, SUMS_TIMEOUT_MS)).toString('utf8');
  const expected = checksumOf(sums, `${name}.tar.gz`);
  if (expected === undefined) throw new Error(`${name}.tar.gz has no checksum in SHA256SUMS`);
  const archive = await download(`${BASE}/v${version}/${name}.tar.gz`, ARCHIVE_TIMEOUT_MS);
  const actual = createHash('sha256').update(archive).digest('hex');
  if (actual !== expected) throw new Error(`${name}.tar.gz has the checksum ${actual}, not ${expected}`);
  const file = join(folder, 'release.tar.gz');
  await writeFile(file, archive);
  await promisify(execFile)('tar', ['-xzf', file, '-C', folder], { timeout: 60_000 });
  return join(folder, name, 'nats-server');
}

/** The checksum of `file` in the text of a SHA256SUMS file. */
export function checksumOf(sums: string, file: string): string | undefined {
  for (const line of sums.split('\n')) {
    const [sum, name] = line.trim().split(/\s+\*?/);
    if (name === file && sum !== undefined && /^[0-9a-f]{64}$/.test(sum)) return sum;
  }
  return undefined;
}

async function download(url: string, timeoutMs: number): Promise<Buffer> {
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  if (Number(response.headers.get('content-length') ?? 0) > MAX_ARCHIVE_BYTES) {
    throw new Error(`${url} is too large`);
  }
  return Buffer.from(await response.arrayBuffer());
}
