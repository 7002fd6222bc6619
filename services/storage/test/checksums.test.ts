import { createHash, randomBytes } from 'node:crypto';
import { createCRC32 } from 'hash-wasm';
import { expect, test } from 'vitest';
import { Checksums } from '../src/upload/checksums.ts';

test('uploads beside each other do not mix, and one may go on elsewhere', async () => {
  const contents = [randomBytes(100_003), randomBytes(70_001), randomBytes(0)];
  const sums = [Checksums.once(), await Checksums.create(), await Checksums.create()];
  for (let at = 0; at < 100_003; at += 9_999) {
    for (const [n, content] of contents.entries()) sums[n]!.update(content.subarray(at, at + 9_999));
    sums[1] = await Checksums.create(sums[1]!.save());
  }
  const crc32c = await createCRC32(0x82f63b78);
  for (const [n, content] of contents.entries()) {
    expect(sums[n]!.digest()).toEqual({
      md5: createHash('md5').update(content).digest('base64'),
      crc32c: Buffer.from(crc32c.init().update(content).digest('hex'), 'hex').toString('base64'),
    });
  }
});
