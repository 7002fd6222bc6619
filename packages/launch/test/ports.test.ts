import { once } from 'node:events';
import { createServer } from 'node:net';
import { Code } from '@telestack/errors';
import { expect, test } from 'vitest';
import { choosePort, freePort } from '../src/ports.ts';

async function occupy(): Promise<{ port: number; free: () => Promise<unknown> }> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return { port, free: () => once(server.close(), 'close') };
}

test('the configured port, or an error', async () => {
  const { port, free } = await occupy();
  await expect(choosePort('x', '127.0.0.1', port, undefined)).rejects.toMatchObject({
    code: Code.FAILED_PRECONDITION,
    message: `Port ${port}, which is configured for x, is in use.`,
  });
  await free();
  expect(await choosePort('x', '127.0.0.1', port, 1)).toBe(port);
});

test('the remembered port while it is free, else another', async () => {
  const { port, free } = await occupy();
  expect(await choosePort('x', '127.0.0.1', undefined, port)).not.toBe(port);
  await free();
  expect(await choosePort('x', '127.0.0.1', undefined, port)).toBe(port);
  expect(await freePort()).toBeGreaterThan(1023);
});
