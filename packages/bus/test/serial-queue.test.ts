import { expect, test } from 'vitest';
import { SerialQueue } from '../src/serial-queue.ts';

test('synchronous steps run at once', () => {
  const queue = new SerialQueue();
  const ran: number[] = [];
  queue.push(() => void ran.push(1));
  expect(ran).toEqual([1]);
  expect(queue.isIdle).toBe(true);
});

test('steps run in order and one at a time, however they are pushed', async () => {
  const queue = new SerialQueue();
  const ran: number[] = [];
  const gates = [1, 2, 3].map(() => Promise.withResolvers<void>());
  gates.forEach((gate, i) => {
    queue.push(() => gate.promise.then(() => void ran.push(i)));
  });
  const end = new Promise<void>((resolve) => queue.push(() => resolve()));
  gates[2]!.resolve();
  gates[1]!.resolve();
  expect(ran).toEqual([]);
  gates[0]!.resolve();
  await end;
  expect(ran).toEqual([0, 1, 2]);
});

test('the first failure ends it', async () => {
  const queue = new SerialQueue();
  const error = new Error('my own');
  const ran: string[] = [];
  queue.push(() => Promise.reject(error));
  queue.push(() => void ran.push('after'));
  await expect(queue.failed).rejects.toBe(error);
  queue.push(() => void ran.push('later'));
  expect(ran).toEqual([]);
});
