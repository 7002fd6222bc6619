import aws4 from 'aws4';
import type { Client } from 'minio';
import type { StoreLocation } from '../s3/object-store.ts';
import { s3Client } from '../s3/object-store.ts';
import type { S3Settings } from '../s3/settings.ts';

export interface SignedRequest {
  readonly method: 'GET' | 'PUT' | 'POST';
  readonly url: string;
  /** What the request must carry, to the letter. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Fields of the form, in front of the file. */
  readonly fields?: Readonly<Record<string, string>>;
}

/** Signs requests that clients send to the object store themselves (AWS Signature Version 4). */
export class Signer {
  readonly #settings: S3Settings;
  readonly #endpoint: string;
  readonly #client: Client;

  constructor(settings: S3Settings) {
    this.#settings = settings;
    this.#endpoint = settings.publicEndpoint ?? settings.endpoint;
    this.#client = s3Client(settings, this.#endpoint);
  }

  /** A PUT of exactly these headers; `content-length` among them fixes the size. */
  put(to: StoreLocation, headers: Readonly<Record<string, string>>, seconds: number): SignedRequest {
    const { protocol, host, path } = this.#address(to);
    const signed = aws4.sign(
      {
        service: 's3',
        region: this.#settings.region,
        method: 'PUT',
        host,
        path: `${path}?X-Amz-Expires=${seconds}`,
        headers: { ...headers },
        signQuery: true,
      },
      { accessKeyId: this.#settings.accessKey, secretAccessKey: this.#settings.secretKey },
    );
    return { method: 'PUT', url: `${protocol}//${host}${signed.path}`, headers };
  }

  /** A form with exactly these headers as its fields, and a file of `min` to `max` bytes. */
  async post(
    to: StoreLocation,
    headers: Readonly<Record<string, string>>,
    { min, max }: { min: number; max: number },
    seconds: number,
  ): Promise<SignedRequest> {
    const policy = this.#client.newPostPolicy();
    policy.setBucket(to.bucket);
    policy.setKey(to.key);
    policy.setContentLengthRange(min, max);
    for (const [name, value] of Object.entries(headers)) {
      policy.policy.conditions.push(['eq', `$${name}`, value]);
      policy.formData[name] = value;
    }
    policy.setExpires(new Date(Date.now() + seconds * 1_000));
    const { postURL, formData } = await this.#client.presignedPostPolicy(policy);
    return { method: 'POST', url: postURL, fields: formData };
  }

  async get(
    from: StoreLocation,
    response: Readonly<Record<string, string>>,
    seconds: number,
  ): Promise<SignedRequest> {
    const url = await this.#client.presignedGetObject(from.bucket, from.key, seconds, { ...response });
    return { method: 'GET', url };
  }

  #address({ bucket, key }: StoreLocation): { protocol: string; host: string; path: string } {
    const { protocol, host } = new URL(this.#endpoint);
    const path = key.split('/').map(encodeSegment).join('/');
    return this.#settings.pathStyle
      ? { protocol, host, path: `/${bucket}/${path}` }
      : { protocol, host: `${bucket}.${host}`, path: `/${path}` };
  }
}

/** RFC 3986: encodeURIComponent leaves five characters alone that a signature counts as encoded. */
function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replaceAll(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
