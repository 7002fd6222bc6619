import { Client } from 'minio';
import { sendBytes } from './transfer.ts';

export interface FilesTarget {
  /** "http://host:port" of the platform. */
  readonly http: string;
  readonly s3: {
    readonly endpoint: string;
    readonly region: string;
    readonly accessKey: string;
    readonly secretKey: string;
  };
  readonly bucket: string;
}

/** Uploads one file of `size` bytes under the name. */
export type Upload = (name: string, size: number) => Promise<unknown>;

const AUTHORIZATION = { authorization: 'Bearer owner' };

/** The ways of a file into the object store, by name; the first is what the others are held against. */
export function waysOf({ http, s3, bucket }: FilesTarget): Record<string, Upload> {
  const { hostname, port } = new URL(s3.endpoint);
  const client = new Client({
    endPoint: hostname,
    port: Number(port),
    useSSL: false,
    region: s3.region,
    accessKey: s3.accessKey,
    secretKey: s3.secretKey,
  });
  const url = (name: string) => `${http}/v0/b/${bucket}/o?name=${encodeURIComponent(name)}`;
  return {
    direct: async (name, size) => sendBytes('PUT', await client.presignedPutObject(bucket, name, 600), size),
    presigned: async (name, size) => {
      const response = await fetch(`${http}/v1/storage/${bucket}/sign-upload`, {
        method: 'POST',
        headers: AUTHORIZATION,
        body: JSON.stringify({ path: name, size }),
      });
      if (!response.ok) throw new Error(`sign-upload: ${response.status} ${await response.text()}`);
      const signed = (await response.json()) as { url: string; headers: Record<string, string> };
      return sendBytes('PUT', signed.url, size, signed.headers);
    },
    proxied: (name, size) => sendBytes('POST', url(name), size, AUTHORIZATION),
    'proxied, length unknown': (name, size) => sendBytes('POST', url(name), size, AUTHORIZATION, true),
  };
}

/** Makes the bucket. */
export async function prepare({ http, bucket }: FilesTarget): Promise<void> {
  await sendBytes('POST', `${http}/v0/b/${bucket}/o?name=first`, 1, AUTHORIZATION);
}

/** Removes what the programs have uploaded. */
export async function clear({ http, bucket }: FilesTarget): Promise<void> {
  for (;;) {
    const response = await fetch(`${http}/v0/b/${bucket}/o?maxResults=1000`, { headers: AUTHORIZATION });
    const { items } = (await response.json()) as { items: { name: string }[] };
    if (items.length === 0) return;
    for (const { name } of items) {
      const path = `${http}/v0/b/${bucket}/o/${encodeURIComponent(name)}`;
      await fetch(path, { method: 'DELETE', headers: AUTHORIZATION });
    }
  }
}
