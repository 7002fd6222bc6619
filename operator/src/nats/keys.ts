import { createAccount, createOperator, encodeAccount, encodeOperator, fromSeed } from '@nats-io/jwt';
import { type ApiClient, isAlreadyExists, type KubeObject, resources } from '@telestack/controller';

/** The keys of an installation's NATS: whoever has the operator's seed can make accounts. */
export interface NatsKeys {
  readonly operatorSeed: string;
  readonly operatorJwt: string;
  readonly systemSeed: string;
  readonly systemJwt: string;
}

const KEYS_SECRET = 'telestack-nats-keys';
/** What the NATS server mounts; it has no seeds. */
export const CONFIG_SECRET = 'telestack-nats-config';
const NAMES = ['operatorSeed', 'operatorJwt', 'systemSeed', 'systemJwt'] as const;
/** No limit. */
const ALL = -1;

interface SecretObject extends KubeObject {
  data?: Record<string, string>;
}

/** Makes the installation's keys once, and the configuration that the NATS server starts with. */
export async function ensureNatsKeys(client: ApiClient, namespace: string): Promise<NatsKeys> {
  const keys = await loadOrCreate(client, namespace);
  const system = fromSeed(encode(keys.systemSeed)).getPublicKey();
  const config = resolverConfig(keys, system);
  await client
    .create<SecretObject>(resources.secret, secretOf(namespace, CONFIG_SECRET, { 'resolver.conf': config }))
    .catch(unlessThere);
  return keys;
}

async function loadOrCreate(client: ApiClient, namespace: string): Promise<NatsKeys> {
  const made = await newKeys();
  const created = await client
    .create<SecretObject>(resources.secret, secretOf(namespace, KEYS_SECRET, { ...made }))
    .catch(unlessThere);
  if (created !== undefined) return made;
  const { data = {} } = await client.get<SecretObject>(resources.secret, namespace, KEYS_SECRET);
  const values = NAMES.map((name) => [name, Buffer.from(data[name] ?? '', 'base64').toString('utf8')]);
  return Object.fromEntries(values) as unknown as NatsKeys;
}

async function newKeys(): Promise<NatsKeys> {
  const operator = createOperator();
  const system = createAccount();
  const systemAccount = {
    name: 'SYS',
    limits: { conn: ALL, subs: ALL, data: ALL, payload: ALL, exports: ALL, imports: ALL },
  };
  return {
    operatorSeed: decode(operator.getSeed()),
    operatorJwt: await encodeOperator('telestack', operator, { system_account: system.getPublicKey() }),
    systemSeed: decode(system.getSeed()),
    systemJwt: await encodeAccount('SYS', system, systemAccount, { signer: operator }),
  };
}

/** Accounts come to the server by request and stay in its folder; the system account, by which they come, is there from the start. */
export function resolverConfig(
  { operatorJwt, systemJwt }: NatsKeys,
  system: string,
  folder = '/data/accounts',
): string {
  return [
    `operator: ${operatorJwt}`,
    `system_account: ${system}`,
    `resolver { type: full, dir: "${folder}", allow_delete: true, interval: "2m" }`,
    `resolver_preload { ${system}: ${systemJwt} }`,
    '',
  ].join('\n');
}

export function secretOf(
  namespace: string,
  name: string,
  values: Readonly<Record<string, string>>,
  labels = {},
) {
  const data = Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  );
  return { metadata: { name, namespace, labels }, type: 'Opaque', data };
}

export function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

export function unlessThere(error: unknown): undefined {
  if (!isAlreadyExists(error)) throw error;
}
