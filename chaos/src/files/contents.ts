import { createHash } from 'node:crypto';

/** What a client uploads: bytes that say whose they are, so that a mixture of two uploads is seen. */
export interface Content {
  readonly bytes: Buffer;
  /** Base64. */
  readonly md5: string;
}

export function contentOf(name: string, version: number, size: number): Content {
  const line = Buffer.from(`${name} version ${version} `.padEnd(64, '.'));
  const bytes = Buffer.alloc(size, line);
  return { bytes, md5: createHash('md5').update(bytes).digest('base64') };
}
