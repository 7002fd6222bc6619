import { createHash } from 'node:crypto';

const ARCHES: Record<string, string> = { x64: 'amd64', arm64: 'arm64' };
/** One try each: a machine without access to a release must come to the next way soon. */
const SUMS_TIMEOUT_MS = 10_000;
const RELEASE_TIMEOUT_MS = 120_000;

/** This machine as Go's releases name it: "linux-amd64". Throws where none are made for it. */
export function releasePlatform(): string {
  const arch = ARCHES[process.arch];
  if (arch === undefined || (process.platform !== 'linux' && process.platform !== 'darwin')) {
    throw new Error(`there is no release for ${process.platform} on ${process.arch}`);
  }
  return `${process.platform}-${arch}`;
}

/** Downloads `url`, which must have this SHA-256 (hexadecimal). Nothing of another content is returned. */
export async function downloadPinned(url: string, sha256: string, maxBytes: number): Promise<Buffer> {
  const bytes = await download(url, RELEASE_TIMEOUT_MS, maxBytes);
  const actual = createHash('sha256').update(bytes).digest('hex');
  if (actual !== sha256) throw new Error(`${url} has the checksum ${actual}, not ${sha256}`);
  return bytes;
}

/** Downloads `url` and compares it with the checksum that the list at `sumsUrl` has for `name`. */
export async function downloadChecked(
  url: string,
  sumsUrl: string,
  name: string,
  maxBytes: number,
): Promise<Buffer> {
  const sums = (await download(sumsUrl, SUMS_TIMEOUT_MS, maxBytes)).toString('utf8');
  const expected = checksumOf(sums, name);
  if (expected === undefined) throw new Error(`${name} has no checksum in ${sumsUrl}`);
  return downloadPinned(url, expected, maxBytes);
}

/** The checksum of `file` in the text of a SHA256SUMS file. */
export function checksumOf(sums: string, file: string): string | undefined {
  for (const line of sums.split('\n')) {
    const [sum, name] = line.trim().split(/\s+\*?/);
    if (name === file && sum !== undefined && /^[0-9a-f]{64}$/.test(sum)) return sum;
  }
  return undefined;
}

async function download(url: string, timeoutMs: number, maxBytes: number): Promise<Buffer> {
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  if (Number(response.headers.get('content-length') ?? 0) > maxBytes) throw new Error(`${url} is too large`);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > maxBytes) throw new Error(`${url} is too large`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
