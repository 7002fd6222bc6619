import { defineOptions, type OptionsSpec, parseOptions } from '@telestack/config';
import { docstoreSettings } from '@telestack/docstore';
import { gatewaySettings } from '@telestack/gateway';
import { identitySettings } from '@telestack/identity';
import { storageSettings } from '@telestack/storage';
import { describe, expect, test } from 'vitest';
import { OWN_OPTIONS, PLATFORM_OPTIONS } from '../src/options.ts';
import { environmentOf, SERVICE_OPTIONS, type ServiceName, serviceOptions } from '../src/settings.ts';

const NAMES = Object.keys(SERVICE_OPTIONS) as ServiceName[];
const specOf = (name: ServiceName): OptionsSpec => SERVICE_OPTIONS[name];
const variablesOf = (spec: OptionsSpec) => Object.values(spec).flatMap(({ env }) => env ?? []);

/** The services' own addresses and those of their neighbours: what a service does not decide. */
const WIRED = ['host', 'port', 'docstoreAddress', 'realtimeAddress', 'identityAddress', 'storageAddress'];
/** What a service hands to the bus and to the object store itself. */
const OPENED = ['natsUrl', 'natsCredentials'];

/** An object that notes which of its members are read. */
function observed<T extends object>(value: T): { value: T; read: Set<string> } {
  const read = new Set<string>();
  const handler: ProxyHandler<T> = {
    get(target, key) {
      read.add(String(key));
      return Reflect.get(target, key);
    },
  };
  return { value: new Proxy(value, handler), read };
}

describe('npm start', () => {
  test.each(NAMES)('takes every option of %s but the wiring', (name) => {
    const taken = new Set(variablesOf(PLATFORM_OPTIONS));
    const missing = variablesOf(specOf(name)).filter((variable) => !taken.has(variable));
    expect(missing.filter((variable) => !variable.endsWith('_ADDRESS'))).toEqual([]);
  });

  test('takes a flag of a service, too, and hands it on', () => {
    expect(Object.values(PLATFORM_OPTIONS).map(({ flag }) => flag)).toContain('public-url');
    expect(Object.values(OWN_OPTIONS).map((option) => 'flag' in option && option.flag)).not.toContain(
      'public-url',
    );
  });
});

describe('a service in the platform', () => {
  test.each(NAMES)('%s reads what it would read in a process of its own, and nothing else', (name) => {
    const other = defineOptions({ alien: { env: 'ALIEN', type: 'string', description: 'Of another.' } });
    const environment = { ...sample(specOf(name)), ...sample(other) };
    expect(environmentOf(name, environment)).toEqual(sample(specOf(name)));
    expect(serviceOptions(name, environment)).toEqual(parseOptions(SERVICE_OPTIONS[name], environment));
  });

  test('has a role of its own in the database where it is given one', () => {
    const environment = {
      DATABASE_URL: 'postgres://all@db/t',
      STORAGE_DATABASE_URL: 'postgres://files@db/t',
    };
    expect(serviceOptions('storage', environment).databaseUrl).toBe('postgres://files@db/t');
    for (const name of ['docstore', 'identity'] as const)
      expect(serviceOptions(name, { ...environment, IDENTITY_DATABASE_URL: '' }).databaseUrl).toBe(
        'postgres://all@db/t',
      );
  });

  test.each<[string, OptionsSpec, (options: never) => object, string[]]>([
    ['docstore', SERVICE_OPTIONS.docstore, docstoreSettings, OPENED],
    ['identity', SERVICE_OPTIONS.identity, identitySettings, []],
    ['gateway', SERVICE_OPTIONS.gateway, gatewaySettings, []],
    ['storage', SERVICE_OPTIONS.storage, storageSettings, [...OPENED, ...s3Keys()]],
  ])('%s makes something of each of its options', (_, spec, settings, elsewhere) => {
    const { value, read } = observed(parseOptions(spec, sample(spec)));
    settings(value as never);
    const unread = Object.keys(spec).filter((key) => ![...read, ...WIRED, ...elsewhere].includes(key));
    expect(unread).toEqual([]);
  });
});

function s3Keys(): string[] {
  return Object.keys(SERVICE_OPTIONS.storage).filter((key) => key.startsWith('s3'));
}

/** A valid text for each variable that a spec names. */
function sample(spec: OptionsSpec): Record<string, string> {
  return Object.fromEntries(
    Object.values(spec).flatMap((option) => {
      const { env, type, choices, min, default: value } = option;
      if (env === undefined) return [];
      if (choices) return [[env, choices[0]!]];
      if (env === 'OAUTH_PROVIDERS') return [[env, '[]']];
      if (type === 'bool') return [[env, String(value !== true)]];
      if (type === 'duration') return [[env, `${(min ?? 0) + 90_000}ms`]];
      return [[env, type === 'string' ? `http://${env.toLowerCase()}.example` : String((min ?? 0) + 7)]];
    }),
  );
}
