import { parseOptions } from '@telestack/config';
import { describe, expect, test } from 'vitest';
import { objectsOf, SPECS } from '../../operator/test/support/desired.ts';
import { PROGRAMS } from '../configuration.ts';

interface Container {
  name: string;
  command?: string[];
  env?: { name: string; value?: string; valueFrom?: object }[];
}

/** Set by the operator for what is still to be built into the services. */
const AHEAD = [
  'CENTRIFUGO_API_URL',
  'CENTRIFUGO_API_KEY',
  'CENTRIFUGO_TOKEN_KEY',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
];

/** For Node and the C library. */
const RUNTIME = ['NODE_OPTIONS', 'MALLOC_ARENA_MAX'];

/** Told to all services, whether or not each of them asks. */
const COMMON = ['TELESTACK_PROFILE', 'TELESTACK_PROJECT'];

/** Containers that run a program of ours, by that program's file. */
function containersOf(spec: object): { program: string; container: Container }[] {
  const found: Container[] = [];
  const search = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (key === 'containers' || key === 'initContainers') found.push(...(inner as Container[]));
      search(inner);
    }
  };
  for (const { object } of objectsOf(spec)) search(object);
  return found.flatMap((container) =>
    container.command?.[0] === 'node' ? [{ program: container.command[1]!, container }] : [],
  );
}

test.each(COMMON)('somebody reads %s', (name) => {
  const known = Object.values(PROGRAMS).flatMap((options) => Object.values(options).map(({ env }) => env));
  expect(known).toContain(name);
});

describe.each(Object.entries(SPECS))('%s', (_name, spec) => {
  const containers = containersOf(spec);

  test('has programs of ours', () => expect(containers.length).toBeGreaterThan(0));

  test.each(containers)('$program understands what the operator tells it', ({ program, container }) => {
    const options = PROGRAMS[program as keyof typeof PROGRAMS];
    expect(options, `${program} is a program with options`).toBeDefined();
    const known = Object.values(options).map(({ env }) => env);
    const { env = [], command = [] } = container;
    // Values that other variables are put together from are read by nobody else.
    const parts = env.flatMap(({ value = '' }) =>
      [...value.matchAll(/\$\((\w+)\)/g)].map(([, name]) => name),
    );
    const unknown = env
      .map(({ name }) => name)
      .filter(
        (name) =>
          !known.includes(name) && !parts.includes(name) && ![...AHEAD, ...COMMON, ...RUNTIME].includes(name),
      );
    expect(unknown).toEqual([]);
    const values = Object.fromEntries(env.map(({ name, value }) => [name, value ?? 'from-a-secret']));
    const flags = program === 'operator/src/backup/main.ts' ? [] : command.slice(2);
    expect(() => parseOptions(options, values, flags)).not.toThrow();
  });
});
