import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Content } from './contents.ts';

const AUTHORIZATION = { authorization: 'Bearer owner' };
const REQUEST_MS = 15_000;
const CHUNK_BYTES = 3 * 1024 * 1024;
const MAX_BACKOFF_MS = 1_000;

export interface ListedFile {
  readonly name: string;
  readonly md5Hash?: string;
  readonly size: string;
}

/** A client of the public API that tries again as the SDKs do. */
export class FilesClient {
  readonly #base: string;

  constructor(target: string, bucket: string) {
    this.#base = `http://${target}/v0/b/${bucket}/o`;
  }

  /** In one request; resolves to true when it was acknowledged. */
  async upload(name: string, { bytes, md5 }: Content, until: () => boolean): Promise<boolean> {
    return this.#attempts(until, async () => {
      const response = await this.#fetch(`?name=${encodeURIComponent(name)}`, {
        method: 'POST',
        body: bytes,
      });
      return isAcknowledged(response, md5);
    });
  }

  /** In chunks, going on where the service says that it is. */
  async uploadResumable(name: string, { bytes, md5 }: Content, until: () => boolean): Promise<boolean> {
    let url: string | undefined;
    return this.#attempts(until, async () => {
      url ??= await this.#start(name, md5);
      const state = await this.#command(url, 'query');
      if (state.status === 404) {
        url = undefined;
        return false;
      }
      let offset = Number(state.headers.get('x-goog-upload-size-received'));
      if (state.headers.get('x-goog-upload-status') === 'final') offset = bytes.length;
      for (;;) {
        const chunk = bytes.subarray(offset, offset + CHUNK_BYTES);
        const isLast = offset + chunk.length === bytes.length;
        const response = await this.#command(url, isLast ? 'upload, finalize' : 'upload', offset, chunk);
        if (isLast) return isAcknowledged(response, md5);
        if (!response.ok) return false;
        offset += chunk.length;
      }
    });
  }

  async list(): Promise<string[]> {
    const names: string[] = [];
    let token = '';
    do {
      const response = await this.#fetch(`?maxResults=1000${token && `&pageToken=${token}`}`);
      if (!response.ok) throw new Error(`list: ${response.status} ${await response.text()}`);
      const page = (await response.json()) as { items: { name: string }[]; nextPageToken?: string };
      names.push(...page.items.map(({ name }) => name));
      token = page.nextPageToken ?? '';
    } while (token !== '');
    return names;
  }

  /** MD5 of the bytes that a download gives, and what the metadata says. */
  async read(name: string): Promise<{ md5: string; said: ListedFile } | undefined> {
    const path = `/${encodeURIComponent(name)}`;
    const metadata = await this.#fetch(path);
    if (metadata.status === 404) return undefined;
    const media = await this.#fetch(`${path}?alt=media`);
    if (!media.ok) throw new Error(`${name}: ${media.status} ${await media.text()}`);
    const bytes = Buffer.from(await media.arrayBuffer());
    return {
      md5: createHash('md5').update(bytes).digest('base64'),
      said: (await metadata.json()) as ListedFile,
    };
  }

  async #start(name: string, md5Hash: string): Promise<string> {
    const response = await this.#fetch(`?name=${encodeURIComponent(name)}`, {
      method: 'POST',
      headers: { 'x-goog-upload-command': 'start', 'x-goog-upload-protocol': 'resumable' },
      body: JSON.stringify({ md5Hash }),
    });
    const url = response.headers.get('x-goog-upload-url');
    if (!response.ok || url === null) throw new Error(`start: ${response.status}`);
    return url;
  }

  #command(url: string, command: string, offset = 0, body: Buffer | string = ''): Promise<Response> {
    const headers = { 'x-goog-upload-command': command, 'x-goog-upload-offset': String(offset) };
    return this.#fetch(url, { method: 'POST', headers, body: body as string });
  }

  #fetch(
    path: string,
    init: RequestInit | (Omit<RequestInit, 'body'> & { body?: unknown }) = {},
  ): Promise<Response> {
    const url = path.startsWith('http') ? path : this.#base + path;
    const headers = { ...AUTHORIZATION, ...(init.headers as Record<string, string>) };
    return fetch(url, { ...(init as RequestInit), headers, signal: AbortSignal.timeout(REQUEST_MS) });
  }

  async #attempts(until: () => boolean, attempt: () => Promise<boolean>): Promise<boolean> {
    for (let backoff = 50; ; backoff = Math.min(backoff * 2, MAX_BACKOFF_MS)) {
      if (await attempt().catch(() => false)) return true;
      if (!until()) return false;
      await delay(backoff * (0.5 + Math.random()));
    }
  }
}

async function isAcknowledged(response: Response, md5: string): Promise<boolean> {
  if (response.status !== 200) return false;
  const { md5Hash } = (await response.json()) as { md5Hash?: string };
  return md5Hash === md5;
}
