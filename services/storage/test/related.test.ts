import { expect, test } from 'vitest';
import { ByteSource } from '../src/upload/byte-source.ts';
import { readRelated } from '../src/upload/related.ts';

/** The body in chunks of `size` bytes: delimiters fall across their borders. */
async function* chunks(body: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < body.length; at += size) yield body.subarray(at, at + size);
}

async function read(body: Buffer, size: number, contentType = 'multipart/related; boundary=B') {
  const related = await readRelated(contentType, new ByteSource(chunks(body, size)), body.length);
  const bytes: Buffer[] = [];
  for await (const chunk of related.bytes) bytes.push(chunk);
  return { ...related, bytes: Buffer.concat(bytes) };
}

function body(bytes: Buffer | string, metadata = '{"name":"a"}', closing = '\r\n--B--') {
  const head = `--B\r\nContent-Type: application/json; charset=utf-8\r\n\r\n${metadata}\r\n--B\r\nContent-Type: text/plain\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), Buffer.from(bytes), Buffer.from(closing)]);
}

test.each([1, 2, 3, 7, 64, 100_000])('bytes come out as they went in, in chunks of %i', async (size) => {
  const bytes = Buffer.from('line\r\n--\r\n--A\r\n-\r\n--BUT not\0\xff\r');
  const tricky = Buffer.concat([bytes.subarray(0, 10), Buffer.from('\r\n--'), Buffer.from('\r\r\n\r\n')]);
  for (const content of [tricky, Buffer.alloc(0), Buffer.from('\r\n')]) {
    const result = await read(body(content), size);
    expect(result.bytes.equals(content)).toBe(true);
    expect(result.metadata).toEqual({ name: 'a' });
    expect(result.contentType).toBe('text/plain');
    expect(result.atLeast).toBeLessThanOrEqual(content.length);
    expect(result.atMost).toBeGreaterThanOrEqual(content.length);
  }
});

test('quoted boundaries, and a line break behind the last delimiter', async () => {
  const result = await read(body('x', '{}', '\r\n--B--\r\n'), 5, "multipart/related; boundary='B'");
  expect(result.bytes.toString()).toBe('x');
});

test('a part without headers', async () => {
  const bare = Buffer.from(
    '--B\r\nContent-Type: application/json\r\n\r\n{}\r\n--B\r\n\r\nx\r\n\r\ny\r\n--B--',
  );
  const result = await read(bare, 9);
  expect([result.contentType, result.bytes.toString()]).toEqual(['', 'x\r\n\r\ny']);
});

test.each([
  ['multipart/related', body('x')],
  ['text/plain; boundary=B', body('x')],
  ['multipart/related; boundary=C', body('x')],
  ['multipart/related; boundary=B', body('x', '{"name":')],
  ['multipart/related; boundary=B', body('x', '[]')],
  ['multipart/related; boundary=B', body('x', '{}', '')],
  ['multipart/related; boundary=B', body('x').subarray(0, 40)],
  ['multipart/related; boundary=B', Buffer.alloc(0)],
])('a broken body is refused: %s', async (contentType, broken) => {
  await expect(read(broken, 11, contentType)).rejects.toMatchObject({ code: 3 });
});
