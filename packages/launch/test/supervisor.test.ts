import { spawn } from 'node:child_process';
import { Code } from '@telestack/errors';
import { eventually, expectNoLeaks } from '@telestack/testkit';
import { expect, test } from 'vitest';
import { Supervisor } from '../src/supervisor.ts';

const FOREVER = 'setInterval(() => {}, 1000)';

function supervise(script: string, options: { isReady?: () => boolean; log?: (line: string) => void } = {}) {
  return new Supervisor(
    {
      name: 'Example',
      spawn: async () => spawn(process.execPath, ['-e', script], { stdio: 'ignore' }),
      isReady: async () => options.isReady?.() ?? true,
      explain: () => 'its last words',
      startTimeoutMs: 2_000,
      stop: [
        { signal: 'SIGTERM', waitMs: 300 },
        { signal: 'SIGKILL', waitMs: 2_000 },
      ],
    },
    options.log ?? (() => {}),
  );
}

test('a process that dies is started again, and stop ends it for good', async () => {
  await expectNoLeaks(async () => {
    const lines: string[] = [];
    const supervisor = supervise(FOREVER, { log: (line) => void lines.push(line) });
    await supervisor.start();
    const first = supervisor.pid!;
    process.kill(first, 'SIGKILL');
    await eventually(() => supervisor.restarts === 1 && supervisor.isReady);
    expect(supervisor.pid).not.toBe(first);
    await supervisor.stop();
    expect(() => process.kill(supervisor.pid!, 0)).toThrow('ESRCH');
    expect(lines).toEqual(['Example was killed by SIGKILL; starting it again in 200 ms', 'Example is back']);
  });
});

test('a process that does not come up is an error with its last words', async () => {
  const supervisor = supervise('process.exit(3)', { isReady: () => false });
  await expect(supervisor.start()).rejects.toMatchObject({
    code: Code.UNAVAILABLE,
    message: 'Example does not start:\nits last words',
  });
});

test('a program that is not there is an error as well', async () => {
  const supervisor = new Supervisor(
    {
      name: 'Nothing',
      spawn: async () => spawn('/nonexistent', { stdio: 'ignore' }),
      isReady: async () => true,
      explain: () => '',
      startTimeoutMs: 1_000,
      stop: [],
    },
    () => {},
  );
  await expect(supervisor.start()).rejects.toMatchObject({ code: Code.UNAVAILABLE });
});

test('a process that ignores the mild signal gets the hard one', async () => {
  const supervisor = supervise(`process.on('SIGTERM', () => {}); ${FOREVER}`);
  await supervisor.start();
  await supervisor.stop();
  expect(() => process.kill(supervisor.pid!, 0)).toThrow('ESRCH');
});

test('stop while it waits to start again does not wait for that', async () => {
  const supervisor = supervise(FOREVER);
  await supervisor.start();
  process.kill(supervisor.pid!, 'SIGKILL');
  await eventually(() => !supervisor.isReady);
  await supervisor.stop();
  expect(supervisor.restarts).toBe(0);
});
