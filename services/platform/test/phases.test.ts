import { expect, test } from 'vitest';
import { Phases } from '../src/phases.ts';

const part = (name: string, events: string[], stop: () => Promise<void> = async () => {}) => ({
  name,
  limitMs: 50,
  start: async () => ({
    stop: () => {
      events.push(name);
      return stop();
    },
  }),
});

test('phases stop in the opposite order of their start', async () => {
  const events: string[] = [];
  const phases = new Phases(() => {});
  await phases.start(part('database', events), part('bus', events));
  await phases.start(part('services', events));
  expect(await phases.stop()).toBe(true);
  expect(events).toEqual(['services', 'database', 'bus']);
  // Again: nothing more.
  await phases.stop();
  expect(events).toHaveLength(3);
});

test('a part that hangs or fails does not keep the others from stopping', async () => {
  const events: string[] = [];
  const lines: string[] = [];
  const phases = new Phases((line) => void lines.push(line.replace(/\d+\.\d+ s/, 'TIME')));
  await phases.start(part('database', events));
  await phases.start(
    part('hanging', events, () => new Promise(() => {})),
    part('failing', events, () => Promise.reject(new Error('broken'))),
  );
  expect(await phases.stop()).toBe(false);
  expect(events).toEqual(['hanging', 'failing', 'database']);
  expect(lines).toContain('hanging did not stop in TIME');
  expect(lines).toContain('failing failed to stop: broken');
});

test('when one part does not start, those that did can be stopped', async () => {
  const events: string[] = [];
  const phases = new Phases(() => {});
  const slow = {
    ...part('slow', events),
    start: async () => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      return { stop: async () => void events.push('slow') };
    },
  };
  const broken = {
    name: 'broken',
    limitMs: 50,
    start: () => Promise.reject<{ stop(): Promise<void> }>(new Error('broken')),
  };
  await expect(phases.start(slow, broken)).rejects.toThrow('broken');
  await phases.stop();
  expect(events).toEqual(['slow']);
});
