import { setTimeout as delay } from 'node:timers/promises';
import { createAccount, encodeAccount, encodeGeneric, fromSeed } from '@nats-io/jwt';
import { connect, credsAuthenticator, type NatsConnection } from '@nats-io/transport-node';
import {
  type ApiClient,
  backoffMs,
  isNotFound,
  type KubeObject,
  keyOf,
  resources,
} from '@telestack/controller';
import { unavailable } from '@telestack/errors';
import type { TelestackProject } from '../api/project.ts';
import { annotations, labelsFor } from '../resources/names.ts';
import { natsSecret } from '../resources/streams.ts';
import { decode, encode, ensureNatsKeys, type NatsKeys, secretOf, unlessThere } from './keys.ts';
import type { ProjectBus } from './project-bus.ts';
import { hasAllUsers, newUser, newUsers, USERS } from './users.ts';

interface SecretObject extends KubeObject {
  data?: Record<string, string>;
}

export interface NatsAccountsOptions {
  readonly client: ApiClient;
  /** Where the installation's keys are. */
  readonly namespace: string;
  readonly servers: string;
  readonly log: (message: string, error?: unknown) => void;
}

const TIMEOUT_MS = 3_000;
const BACKOFF = { minMs: 200, maxMs: 30_000, jitter: 0.2 };
/** After so long another connection is tried. */
const RETRY_MS = 2_000;
const ALL = -1;
/** Of names of streams that one project may have. */
const MAX_PAGES = 100;

/** An account of NATS for each project: its streams and subjects are its own, and no other project can name them. */
export class NatsAccounts implements ProjectBus {
  readonly #options: NatsAccountsOptions;
  /** Secrets that the server knows the account of: their key and resource version. */
  readonly #known = new Map<string, string>();
  readonly #listeners: (() => void)[] = [];
  #keys: Promise<NatsKeys> | undefined;
  #connection: Promise<NatsConnection> | undefined;

  constructor(options: NatsAccountsOptions) {
    this.#options = options;
  }

  async prepare(signal: AbortSignal): Promise<void> {
    for (let failures = 1; !signal.aborted; failures++) {
      try {
        await this.#loadKeys();
        return;
      } catch (error) {
        this.#options.log('The keys of NATS could not be made.', error);
        await delay(backoffMs(failures, BACKOFF), undefined, { signal }).catch(() => {});
      }
    }
  }

  async ensure(
    project: TelestackProject,
    rotation: string,
    cachedVersion: string | undefined,
    signal: AbortSignal,
  ): Promise<KubeObject | undefined> {
    const key = keyOf(project);
    const remembered = `${cachedVersion} ${rotation}`;
    if (cachedVersion !== undefined && this.#known.get(key) === remembered) return undefined;
    const { client } = this.#options;
    const { namespace } = project.metadata;
    const name = natsSecret(project);
    const made = await this.#newSecret(project, rotation);
    const created = await client.create<SecretObject>(resources.secret, made, signal).catch(unlessThere);
    let secret = created ?? (await client.get<SecretObject>(resources.secret, namespace, name, signal));
    if ((secret.metadata.annotations?.[annotations.rotate] ?? '') !== rotation)
      secret = await this.#rotate(secret, rotation, signal);
    else if (!hasAllUsers(secret.data)) secret = await this.#addUsers(secret, signal);
    await this.#ask('$SYS.REQ.CLAIMS.UPDATE', value(secret, 'accountJwt'));
    this.#known.set(key, `${secret.metadata.resourceVersion} ${rotation}`);
    return secret;
  }

  async remove(project: TelestackProject, signal: AbortSignal): Promise<void> {
    this.#known.delete(keyOf(project));
    const { namespace } = project.metadata;
    const secret = await this.#options.client
      .get<SecretObject>(resources.secret, namespace, natsSecret(project), signal)
      .catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
    if (secret === undefined) return;
    // Known again, if an earlier attempt got further than this.
    await this.#ask('$SYS.REQ.CLAIMS.UPDATE', value(secret, 'accountJwt'));
    await this.#dropStreams(value(secret, USERS.services));
    const { operatorSeed } = await this.#loadKeys();
    const operator = fromSeed(encode(operatorSeed));
    const account = fromSeed(encode(value(secret, 'accountSeed'))).getPublicKey();
    const claim = await encodeGeneric('delete', operator, 'generic', { accounts: [account] } as object);
    await this.#ask('$SYS.REQ.CLAIMS.DELETE', claim);
  }

  onReconnect(listener: () => void): void {
    this.#listeners.push(listener);
  }

  forget(key: string): void {
    this.#known.delete(key);
  }

  async close(): Promise<void> {
    const connection = await this.#connection?.catch(() => undefined);
    await connection?.close();
  }

  async #newSecret(project: TelestackProject, rotation: string) {
    const { operatorSeed } = await this.#loadKeys();
    const account = createAccount();
    const limits = {
      conn: ALL,
      subs: ALL,
      data: ALL,
      payload: ALL,
      exports: ALL,
      imports: ALL,
      leaf: 0,
      wildcards: true,
    };
    const jetStream = { mem_storage: ALL, disk_storage: ALL, streams: ALL, consumer: ALL };
    const accountJwt = await encodeAccount(
      keyOf(project),
      account,
      { limits: { ...limits, ...jetStream } },
      { signer: fromSeed(encode(operatorSeed)) },
    );
    const accountSeed = decode(account.getSeed());
    const values = { accountSeed, accountJwt, ...(await newUsers(accountSeed)) };
    const secret = secretOf(
      project.metadata.namespace ?? '',
      natsSecret(project),
      values,
      labelsFor(project),
    );
    return { ...secret, metadata: { ...secret.metadata, annotations: { [annotations.rotate]: rotation } } };
  }

  /** Other users of the same account: the streams stay. The account's list of revocations shuts the old ones out. */
  async #rotate(secret: SecretObject, rotation: string, signal: AbortSignal): Promise<SecretObject> {
    const { operatorSeed } = await this.#loadKeys();
    const accountSeed = value(secret, 'accountSeed');
    const account = fromSeed(encode(accountSeed));
    const { nats } = JSON.parse(
      Buffer.from(value(secret, 'accountJwt').split('.')[1] ?? '', 'base64url').toString('utf8'),
    ) as { nats: object };
    const revocations = { '*': Math.floor(Date.now() / 1_000) - 1 };
    const accountJwt = await encodeAccount(
      `${secret.metadata.namespace}/${secret.metadata.name}`,
      account,
      { ...nats, revocations },
      { signer: fromSeed(encode(operatorSeed)) },
    );
    const values = { accountJwt, ...(await newUsers(accountSeed)) };
    return this.#merge(secret, values, { [annotations.rotate]: rotation }, signal);
  }

  /** For a Secret of an operator that knew fewer: those that are there stay as they are. */
  async #addUsers(secret: SecretObject, signal: AbortSignal): Promise<SecretObject> {
    const users = Object.entries(await newUsers(value(secret, 'accountSeed')));
    const missing = Object.fromEntries(users.filter(([key]) => secret.data?.[key] === undefined));
    return this.#merge(secret, missing, {}, signal);
  }

  #merge(
    { metadata: { namespace, name, resourceVersion } }: SecretObject,
    values: Readonly<Record<string, string>>,
    added: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<SecretObject> {
    const { data } = secretOf('', '', values);
    const patch = { metadata: { resourceVersion, annotations: added }, data };
    return this.#options.client.merge<SecretObject>(resources.secret, namespace, name, patch, { signal });
  }

  /** The server keeps the files of an account that goes. */
  async #dropStreams(creds: string): Promise<void> {
    const connection = await connect({
      servers: this.#options.servers,
      name: 'telestack-operator',
      timeout: TIMEOUT_MS,
      reconnect: false,
      authenticator: credsAuthenticator(encode(creds)),
    });
    try {
      for (let page = 0; page < MAX_PAGES; page++) {
        const reply = await connection.request('$JS.API.STREAM.NAMES', '{}', { timeout: TIMEOUT_MS });
        const { streams } = reply.json<{ streams?: string[] | null }>();
        if (!streams?.length) return;
        for (const name of streams)
          await connection.request(`$JS.API.STREAM.DELETE.${name}`, '', { timeout: TIMEOUT_MS });
      }
    } finally {
      await connection.close();
    }
  }

  async #ask(subject: string, message: string): Promise<void> {
    const connection = await this.#connect();
    const reply = await connection.request(subject, encode(message), { timeout: TIMEOUT_MS });
    const { error } = reply.json<{ error?: { description?: string } }>();
    if (error !== undefined) throw unavailable(`NATS refused the account: ${error.description}.`);
  }

  #connect(): Promise<NatsConnection> {
    this.#connection ??= this.#open().catch((error: unknown) => {
      // Not each project waits for a server that does not answer: for a while they share what the first was told.
      setTimeout(() => {
        this.#connection = undefined;
      }, RETRY_MS).unref();
      throw unavailable(`NATS at ${this.#options.servers} cannot be reached.`, { cause: error });
    });
    return this.#connection;
  }

  async #open(): Promise<NatsConnection> {
    const { systemSeed } = await this.#loadKeys();
    const connection = await connect({
      servers: this.#options.servers,
      name: 'telestack-operator',
      timeout: TIMEOUT_MS,
      maxReconnectAttempts: -1,
      authenticator: credsAuthenticator(encode(await newUser(systemSeed))),
    });
    this.#follow(connection).catch(() => {});
    return connection;
  }

  /** A server that comes back may have lost its volume, and with it what it knew. */
  async #follow(connection: NatsConnection): Promise<void> {
    for await (const { type } of connection.status()) {
      if (type !== 'reconnect') continue;
      this.#known.clear();
      for (const listener of this.#listeners) listener();
    }
  }

  #loadKeys(): Promise<NatsKeys> {
    this.#keys ??= ensureNatsKeys(this.#options.client, this.#options.namespace).catch((error: unknown) => {
      this.#keys = undefined;
      throw error;
    });
    return this.#keys;
  }
}

function value({ data }: SecretObject, key: string): string {
  return Buffer.from(data?.[key] ?? '', 'base64').toString('utf8');
}
