import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { checksumOf, downloadPinned } from '../src/programs/release.ts';

test('the checksum of a file in a list', () => {
  const sum = 'ab'.repeat(32);
  const list = `${'cd'.repeat(32)}  other.tar.gz\n${sum}  nats.tar.gz\nshort  bad.tar.gz\n`;
  expect(checksumOf(list, 'nats.tar.gz')).toBe(sum);
  expect(checksumOf(list, 'bad.tar.gz')).toBeUndefined();
  expect(checksumOf(list, 'nats.tar')).toBeUndefined();
  expect(checksumOf(`${sum} *nats.tar.gz`, 'nats.tar.gz')).toBe(sum);
});

test('a download is what was pinned, or nothing', async () => {
  const archive = Buffer.from('an archive');
  const server = createServer((request, response) => {
    response.writeHead(request.url === '/archive' ? 200 : 404).end(archive);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    const sum = createHash('sha256').update(archive).digest('hex');
    expect(await downloadPinned(`${base}/archive`, sum, 100)).toEqual(archive);
    const other = 'ab'.repeat(32);
    await expect(downloadPinned(`${base}/archive`, other, 100)).rejects.toThrow(`${sum}, not ${other}`);
    await expect(downloadPinned(`${base}/archive`, sum, 4)).rejects.toThrow('too large');
    await expect(downloadPinned(`${base}/none`, sum, 100)).rejects.toThrow('404');
  } finally {
    server.close();
  }
});
