import { createReadStream, createWriteStream, statSync } from 'node:fs';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { unavailable } from '@telestack/errors';
import aws4 from 'aws4';

export interface BucketOptions {
  readonly endpoint: string;
  readonly region: string;
  readonly name: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

interface Send {
  readonly method: 'GET' | 'PUT' | 'DELETE';
  /** Key of the object; '' for the bucket itself. */
  readonly key: string;
  readonly query?: Readonly<Record<string, string>>;
  /** A file to send. */
  readonly file?: string;
}

const IDLE_MS = 60_000;

/** The few things that backups need of an S3 bucket. Objects of up to 5 GiB: the protocol's limit for a single request. */
export class Bucket {
  readonly #options: BucketOptions;

  constructor(options: BucketOptions) {
    this.#options = options;
  }

  async put(key: string, file: string): Promise<void> {
    await text(await this.#send({ method: 'PUT', key, file }));
  }

  async fetch(key: string, file: string): Promise<void> {
    await pipeline(await this.#send({ method: 'GET', key }), createWriteStream(file, { mode: 0o600 }));
  }

  async delete(key: string): Promise<void> {
    await text(await this.#send({ method: 'DELETE', key }));
  }

  /** Makes the bucket if it is not there. */
  async ensure(): Promise<void> {
    await this.#send({ method: 'PUT', key: '' }).then(text, (error: unknown) => {
      if (!/BucketAlready|AccessDenied/.test(String(error))) throw error;
    });
  }

  /** Keys that begin with the prefix. */
  async list(prefix: string): Promise<string[]> {
    const keys: string[] = [];
    let token: string | undefined;
    do {
      const query = {
        'list-type': '2',
        prefix,
        ...(token === undefined ? {} : { 'continuation-token': token }),
      };
      const page = await text(await this.#send({ method: 'GET', key: '', query }));
      keys.push(...[...page.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => decodeEntities(key!)));
      token = /<NextContinuationToken>([^<]*)</.exec(page)?.[1];
    } while (token !== undefined);
    return keys;
  }

  async #send({ method, key, query, file }: Send): Promise<IncomingMessage> {
    const { endpoint, region, name, accessKeyId, secretAccessKey } = this.#options;
    const url = new URL(endpoint);
    const search = new URLSearchParams(query).toString().replaceAll('+', '%20');
    const path = `/${name}${key === '' ? '' : `/${key.split('/').map(encodeURIComponent).join('/')}`}`;
    const signed = aws4.sign(
      {
        service: 's3',
        region,
        method,
        host: url.host,
        path: search === '' ? path : `${path}?${search}`,
        headers: {
          'Content-Length': file === undefined ? 0 : statSync(file).size,
          // The dump is sent as it is read.
          'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD',
        },
      },
      { accessKeyId, secretAccessKey },
    );
    const send = url.protocol === 'https:' ? requestHttps : requestHttp;
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = send(
        url,
        { method, path: signed.path, headers: signed.headers, timeout: IDLE_MS },
        resolve,
      );
      outgoing.once('timeout', () => outgoing.destroy(new Error(`no answer for ${IDLE_MS / 1_000} s`)));
      outgoing.once('error', (cause) =>
        reject(unavailable(`${endpoint} gave no answer: ${cause.message}.`, { cause })),
      );
      if (file === undefined) outgoing.end();
      else pipeline(createReadStream(file), outgoing).catch(reject);
    });
    if ((response.statusCode ?? 500) < 300) return response;
    const said = await text(response);
    const code = /<Code>([^<]*)</.exec(said)?.[1] ?? response.statusCode;
    throw unavailable(`${method} of ${name}/${key} was refused: ${code}.`);
  }
}

async function text(response: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of response.setEncoding('utf8')) body += String(chunk);
  return body;
}

function decodeEntities(key: string): string {
  return key
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
}
