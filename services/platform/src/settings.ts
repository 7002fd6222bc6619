import { type OptionsOf, type OptionsSpec, parseOptions } from '@telestack/config';
import { DOCSTORE_OPTIONS } from '@telestack/docstore';
import { GATEWAY_OPTIONS } from '@telestack/gateway';
import { IDENTITY_OPTIONS } from '@telestack/identity';
import { BRIDGE_OPTIONS } from '@telestack/realtime-bridge';
import { STORAGE_OPTIONS } from '@telestack/storage';

/** Variables by name. Every service takes its settings from one environment, whether it is a process or not. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What each service understands. */
export const SERVICE_OPTIONS = {
  docstore: DOCSTORE_OPTIONS,
  'realtime-bridge': BRIDGE_OPTIONS,
  identity: IDENTITY_OPTIONS,
  storage: STORAGE_OPTIONS,
  gateway: GATEWAY_OPTIONS,
} as const;

export type ServiceName = keyof typeof SERVICE_OPTIONS;

/** Where services find each other is for the platform to say. */
const WIRING: ReadonlySet<string | undefined> = new Set([
  'DOCSTORE_ADDRESS',
  'REALTIME_ADDRESS',
  'IDENTITY_ADDRESS',
  'STORAGE_ADDRESS',
]);

/** A service that shares its environment with others may have a DATABASE_URL of its own there: it has its own role. */
const OWN_DATABASE_URL: Partial<Record<ServiceName, string>> = {
  identity: 'IDENTITY_DATABASE_URL',
  storage: 'STORAGE_DATABASE_URL',
};

/** The services' options that `npm start` takes and hands on: all but those that the platform has itself, and the wiring. */
export function inheritedOptions(own: OptionsSpec): OptionsSpec {
  const taken = new Set(Object.values(own).map(({ env }) => env));
  const inherited: Record<string, OptionsSpec[string]> = {};
  for (const spec of Object.values<OptionsSpec>(SERVICE_OPTIONS)) {
    for (const option of Object.values(spec)) {
      const { env } = option;
      if (env === undefined || taken.has(env) || WIRING.has(env)) continue;
      taken.add(env);
      inherited[env] = option;
    }
  }
  return inherited;
}

/** The part of an environment that a service's options name: it need not know the others' secrets. */
export function environmentOf(name: ServiceName, environment: Environment): Record<string, string> {
  const names = new Set(Object.values<OptionsSpec[string]>(SERVICE_OPTIONS[name]).map(({ env }) => env));
  const own = environment[OWN_DATABASE_URL[name] ?? ''];
  return Object.fromEntries(
    Object.entries({ ...environment, ...(own ? { DATABASE_URL: own } : {}) }).flatMap(([key, value]) =>
      value !== undefined && names.has(key) ? [[key, value]] : [],
    ),
  );
}

/** A service's options as it would read them in a process of its own. @throws StatusError INVALID_ARGUMENT */
export function serviceOptions<N extends ServiceName>(
  name: N,
  environment: Environment,
): OptionsOf<(typeof SERVICE_OPTIONS)[N]> {
  return parseOptions(SERVICE_OPTIONS[name], environmentOf(name, environment));
}

/** @throws StatusError INVALID_ARGUMENT for what a service would not take */
export function checkServiceOptions(environment: Environment): void {
  for (const name of Object.keys(SERVICE_OPTIONS) as ServiceName[]) serviceOptions(name, environment);
}
