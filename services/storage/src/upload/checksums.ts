import { createCRC32, createMD5, type IHasher } from 'hash-wasm';

const CASTAGNOLI = 0x82f63b78;

/** The checksums that Cloud Storage keeps. Their state can be written down: an upload may go on in another process. */
export class Checksums {
  readonly #md5: IHasher;
  readonly #crc32c: IHasher;

  private constructor(md5: IHasher, crc32c: IHasher) {
    this.#md5 = md5;
    this.#crc32c = crc32c;
  }

  static async create(saved?: string): Promise<Checksums> {
    const checksums = new Checksums(await createMD5(), await createCRC32(CASTAGNOLI));
    if (saved !== undefined) checksums.restore(saved);
    return checksums;
  }

  update(bytes: Uint8Array): void {
    this.#md5.update(bytes);
    this.#crc32c.update(bytes);
  }

  save(): string {
    return [this.#md5, this.#crc32c].map((hash) => Buffer.from(hash.save()).toString('base64')).join(' ');
  }

  restore(saved: string): void {
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
