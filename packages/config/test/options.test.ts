import { Code } from '@telestack/errors';
import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  defineOptions,
  formatBytes,
  formatDuration,
  helpText,
  markdownTable,
  parseBytes,
  parseDuration,
  parseOptions,
  wantsHelp,
} from '../src/index.ts';

const spec = defineOptions({
  port: { env: 'PORT', flag: 'port', type: 'int', default: 8080, min: 0, max: 65535, description: 'Port.' },
  host: { env: 'HOST', flag: 'host', type: 'string', description: 'Address.' },
  ephemeral: { flag: 'ephemeral', type: 'bool', default: false, description: 'Throw data away.' },
  heartbeat: { env: 'HEARTBEAT_INTERVAL', type: 'duration', default: 30_000, description: 'Interval.' },
  buffer: {
    env: 'EVENT_BUFFER_SIZE',
    type: 'bytes',
    default: 32 * 1024 ** 2,
    min: 1024,
    description: 'Size.',
  },
  profile: {
    flag: 'profile',
    type: 'string',
    choices: ['dev', 'production'],
    default: 'dev',
    description: 'Either dev | production.',
  },
  password: { env: 'PASSWORD', type: 'int', secret: true, default: 1234, description: 'Secret.' },
});

const parse = (env: Record<string, string> = {}, ...argv: string[]) => parseOptions(spec, env, argv);

describe('values', () => {
  test('defaults, with their types', () => {
    const options = parse();
    expect(options).toEqual({
      port: 8080,
      host: undefined,
      ephemeral: false,
      heartbeat: 30_000,
      buffer: 33_554_432,
      profile: 'dev',
      password: 1234,
    });
    expectTypeOf(options.port).toEqualTypeOf<number>();
    expectTypeOf(options.host).toEqualTypeOf<string | undefined>();
    expectTypeOf(options.ephemeral).toEqualTypeOf<boolean>();
    expectTypeOf(options.profile).toEqualTypeOf<'dev' | 'production'>();
  });

  test('a flag beats the environment, which beats the default', () => {
    expect(parse({ PORT: '1' }).port).toBe(1);
    expect(parse({ PORT: '1' }, '--port', '2').port).toBe(2);
    expect(parse({ PORT: '1' }, '--port=3').port).toBe(3);
  });

  test('an empty variable counts as not set', () => {
    expect(parse({ PORT: '', HOST: '' })).toMatchObject({ port: 8080, host: undefined });
  });

  test('bools, with and without a value', () => {
    expect(parse({}, '--ephemeral').ephemeral).toBe(true);
    expect(parse({}, '--ephemeral=no').ephemeral).toBe(false);
    expect(parse({}, '--ephemeral', '--no-ephemeral').ephemeral).toBe(false);
    // It does not swallow what follows.
    expect(parse({}, '--ephemeral', '--port', '1')).toMatchObject({ ephemeral: true, port: 1 });
  });

  test('units', () => {
    expect(['250', '250ms', '1.5s', '5m', '1h', '7d'].map(parseDuration)).toEqual([
      250, 250, 1_500, 300_000, 3_600_000, 604_800_000,
    ]);
    expect(['10', '10b', '2k', '2KB', '2KiB', '3M', '1g'].map(parseBytes)).toEqual([
      10,
      10,
      2_048,
      2_048,
      2_048,
      3 * 1024 ** 2,
      1024 ** 3,
    ]);
    expect(['', 'x', '1y', '-1s', '0.0001ms'].map(parseDuration)).toEqual(Array(5).fill(undefined));
    expect([30_000, 90_000, 500, 0, 86_400_000].map(formatDuration)).toEqual([
      '30s',
      '90s',
      '500ms',
      '0',
      '1d',
    ]);
    expect([33_554_432, 1_500, 0].map(formatBytes)).toEqual(['32MB', '1500', '0']);
  });
});

describe('mistakes', () => {
  const messageOf = (env: Record<string, string>, ...argv: string[]) => {
    try {
      parse(env, ...argv);
    } catch (error) {
      expect(error).toMatchObject({ code: Code.INVALID_ARGUMENT });
      return (error as Error).message;
    }
    throw new Error('It was accepted');
  };

  test('all of them are told at once, each with where it comes from', () => {
    const message = messageOf(
      { HEARTBEAT_INTERVAL: 'soon' },
      '--port',
      '70000',
      '--profile=staging',
      '--hos',
      'here',
    );
    expect(message.split('\n').slice(1)).toEqual([
      '  --hos is unknown; did you mean --host?',
      '  here is unknown',
      '  --port=70000 is not a whole number of at least 0 up to 65535',
      '  HEARTBEAT_INTERVAL=soon is not a duration such as 500ms, 30s, 5m or 1h',
      '  --profile=staging is not one of dev, production',
    ]);
  });

  test('a flag without its value', () => {
    expect(messageOf({}, '--port')).toContain('--port needs a value');
  });

  test('a secret is not repeated', () => {
    const message = messageOf({ PASSWORD: 'hunter2' });
    expect(message).toContain('PASSWORD is not a whole number');
    expect(message).not.toContain('hunter2');
  });

  test('a spec in which two options share a name is refused', () => {
    const option = { env: 'A', type: 'int', description: '' } as const;
    expect(() => defineOptions({ a: option, b: option })).toThrow('Two options are set by A');
    expect(() => defineOptions({ a: { type: 'int', description: '' } })).toThrow('a cannot be set');
  });
});

describe('description', () => {
  test('help', () => {
    const help = helpText(spec, 'Usage: telestack [options]');
    expect(help.split('\n')[0]).toBe('Usage: telestack [options]');
    expect(help).toContain('  --port <int>                PORT                Port. Default: 8080.\n');
    expect(help).toMatch(/HEARTBEAT_INTERVAL {2}Interval\. Default: 30s\./);
    expect(help).not.toContain('1234');
    expect(wantsHelp(['--port', '1', '--help'])).toBe(true);
    expect(wantsHelp(['--port', '1'])).toBe(false);
    expect(parse({}, '--help').port).toBe(8080);
  });

  test('table', () => {
    expect(markdownTable(spec)).toContain('| `--port` | `PORT` | `8080` | Port. |\n');
    expect(markdownTable(spec)).toContain('Either dev \\| production.');
    expect(markdownTable(spec)).toContain('|  | `PASSWORD` |  | Secret. |');
  });
});
