import { createHash } from 'node:crypto';
import { createCRC32, createMD5, type IHasher } from 'hash-wasm';

const CASTAGNOLI = 0x82f63b78;

/** MD5 as OpenSSL has it: 770 MB/s where hash-wasm's does 540, but its state cannot be written down. */
interface Md5 {
  update(bytes: Uint8Array): unknown;
  digest(encoding: 'binary'): Uint8Array;
}

/** The checksums that Cloud Storage keeps. */
export class Checksums {
  readonly #md5: IHasher | Md5;
  readonly #crc32c: IHasher;

  private constructor(md5: IHasher | Md5, crc32c: IHasher) {
    this.#md5 = md5;
    this.#crc32c = crc32c;
  }

  /** For bytes that come in one request. */
  static async once(): Promise<Checksums> {
    const hash = createHash('md5');
    const md5: Md5 = { update: (bytes) => hash.update(bytes), digest: () => hash.digest() };
    return new Checksums(md5, await createCRC32(CASTAGNOLI));
  }

  /** Whose state can be written down: the upload may go on in another process. */
  static async create(saved?: string): Promise<Checksums> {
    const checksums = new Checksums(await createMD5(), await createCRC32(CASTAGNOLI));
    if (saved !== undefined) checksums.restore(saved);
    return checksums;
  }

  update(bytes: Uint8Array): void {
    this.#md5.update(bytes);
    this.#crc32c.update(bytes);
  }

  /** Undefined where it cannot be saved. */
  save(): string | undefined {
    if (!('save' in this.#md5)) return undefined;
    return [this.#md5, this.#crc32c].map((hash) => Buffer.from(hash.save()).toString('base64')).join(' ');
  }

  restore(saved: string): void {
    if (!('load' in this.#md5)) return;
    const [md5, crc32c] = saved.split(' ').map((text) => new Uint8Array(Buffer.from(text, 'base64')));
    this.#md5.load(md5!);
    this.#crc32c.load(crc32c!);
  }

  /** In base64. The object is of no use afterwards. */
  digest(): { md5: string; crc32c: string } {
    return {
      md5: Buffer.from(this.#md5.digest('binary')).toString('base64'),
      crc32c: Buffer.from(this.#crc32c.digest('binary')).toString('base64'),
    };
  }
}
