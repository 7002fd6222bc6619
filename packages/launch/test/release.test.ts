import { expect, test } from 'vitest';
import { checksumOf } from '../src/programs/release.ts';

test('the checksum of a file in a list', () => {
  const sum = 'ab'.repeat(32);
  const list = `${'cd'.repeat(32)}  other.tar.gz\n${sum}  nats.tar.gz\nshort  bad.tar.gz\n`;
  expect(checksumOf(list, 'nats.tar.gz')).toBe(sum);
  expect(checksumOf(list, 'bad.tar.gz')).toBeUndefined();
  expect(checksumOf(list, 'nats.tar')).toBeUndefined();
  expect(checksumOf(`${sum} *nats.tar.gz`, 'nats.tar.gz')).toBe(sum);
});
