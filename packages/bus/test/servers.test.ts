import { expect, test } from 'vitest';
import { splitCredentials } from '../src/servers.ts';

test.each([
  ['nats://localhost:4222', ['nats://localhost:4222'], undefined],
  ['nats://me:p%40ss:word@h:1', ['nats://h:1'], { user: 'me', pass: 'p@ss:word' }],
  ['tls://secret@h:1', ['tls://h:1'], { token: 'secret' }],
  ['h:1', ['h:1'], undefined],
  ['nats://u:p@a:1, nats://b:2', ['nats://a:1', 'nats://b:2'], { user: 'u', pass: 'p' }],
])('%s', (url, servers, credentials) => {
  expect(splitCredentials(url)).toEqual({ servers, credentials });
});
