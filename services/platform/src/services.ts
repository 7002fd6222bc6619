import { type Bus, changeStreamSettings, connectBus } from '@telestack/bus';
import { changePublisher, startDocstore } from '@telestack/docstore';
import { type GatewayOptions, type Profile, startGateway } from '@telestack/gateway';
import type { Route } from '@telestack/http';
import { type IdentityOptions, startIdentity } from '@telestack/identity';
import { DocstoreDefinition } from '@telestack/protos/telestack/docstore/v1/docstore.ts';
import { type BridgeConfig, createBridge } from '@telestack/realtime-bridge';
import { type Channel, createClient, localChannel } from '@telestack/rpc';
import { accessByRules, type RunningStorage, type S3Settings, startStorage } from '@telestack/storage';

export interface ServicesOptions {
  readonly databaseUrl: string;
  readonly natsUrl: string;
  readonly natsCredentials?: string;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly profile: Profile;
  readonly maxConnections?: number;
  readonly retentionSeconds?: number;
  /** Milliseconds between commits without changes in an idle database. */
  readonly heartbeatInterval?: number;
  /** Sign-in: see the identity service's own options. */
  readonly identity?: Partial<Omit<IdentityOptions, 'databaseUrl' | 'profile' | 'log'>>;
  readonly gateway?: Pick<
    GatewayOptions,
    'rateLimits' | 'anonymousAccess' | 'allowedOrigins' | 'trustedProxies'
  >;
  readonly bridge?: Partial<BridgeConfig>;
  /** Without an object store there are no files. */
  readonly s3?: S3Settings;
  /** Name of the change stream and of the replication slot; other ones for several platforms on the same servers. */
  readonly streamName?: string;
  readonly log: (message: string, error?: unknown) => void;
}

export interface RunningServices {
  readonly port: number;
  /** What HTTP clients can ask for, and who may. */
  readonly routes: readonly Route[];
  /** What clients connect to, by name. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** Stops accepting, drains, closes. */
  close(): Promise<void>;
}

/** Of requests that name no project, such as those with a made-up API key. */
const DEFAULT_PROJECT = 'demo';
/** Name of the change stream, and what the other streams' names begin with. */
export const DEFAULT_STREAM = 'telestack';

const DEFAULTS = {
  maxConnections: 20,
  retentionSeconds: 3600,
  heartbeatInterval: 10_000,
  streamName: DEFAULT_STREAM,
};

/** All services in this process: the same contracts as between processes, called directly. */
export async function startServices(given: ServicesOptions): Promise<RunningServices> {
  const options = { ...DEFAULTS, ...given };
  const { log } = options;
  const bus = await connectBus({
    servers: options.natsUrl,
    credentials: options.natsCredentials,
    name: 'telestack',
  });
  const closers: (() => Promise<void>)[] = [() => bus.close()];
  try {
    const docstore = await startDocstore({
      databaseUrl: options.databaseUrl,
      publisher: changePublisher(openStream(bus, options)),
      maxConnections: options.maxConnections,
      retentionSeconds: options.retentionSeconds,
      heartbeatInterval: options.heartbeatInterval,
      slot: options.streamName,
      withoutRules: options.profile === 'dev' ? 'open' : 'closed',
      explainsDenials: options.profile === 'dev',
      log,
    });
    closers.unshift(() => docstore.close());
    const docstoreChannel = localChannel(docstore.service);
    const identity = await startIdentity({
      databaseUrl: options.databaseUrl,
      profile: options.profile,
      defaultProject: DEFAULT_PROJECT,
      ...options.identity,
      log,
    });
    closers.unshift(() => identity.close());
    const bridge = createBridge({
      docstore: createClient(DocstoreDefinition, docstoreChannel),
      changes: openStream(bus, options),
      principals: identity.credentials,
      config: options.bridge,
      log: (level, message, details) => {
        if (level !== 'debug') log(message, details?.error);
      },
    });
    closers.unshift(() => bridge.close());
    const storage = options.s3 && (await openStorage(bus, options.s3, docstoreChannel, options));
    if (storage) closers.unshift(() => storage.close());
    const gateway = await startGateway({
      host: options.host,
      port: options.port,
      profile: options.profile,
      docstore: docstoreChannel,
      realtime: localChannel(bridge.service),
      ...options.gateway,
      credentials: identity.credentials,
      services: [identity.service, ...(storage ? [storage.http] : [])],
      openServices: [identity.openService],
      log,
    });
    closers.unshift(() => gateway.close());
    const firestore = `${options.host}:${gateway.port}`;
    return {
      port: gateway.port,
      routes: gateway.routes,
      endpoints: {
        firestore,
        auth: firestore,
        ...(storage ? { storage: firestore } : {}),
        http: `http://${firestore}`,
      },
      close: () => closeAll(closers),
    };
  } catch (error) {
    await closeAll(closers);
    throw error;
  }
}

function openStream(bus: Bus, options: { streamName: string; retentionSeconds: number }) {
  return bus.changeStream(changeStreamSettings(options.streamName, options.retentionSeconds * 1000));
}

const STORAGE_CONNECTIONS = 10;
const MAX_OBJECT_BYTES = 5 * 1024 ** 4;
const UPLOAD_BUFFER_BYTES = 32 * 1024 ** 2;
const RECONCILE_INTERVAL_MS = 600_000;
const UPLOAD_EXPIRY_MS = 7 * 24 * 3_600_000;

function openStorage(
  bus: Bus,
  s3: S3Settings,
  docstore: Channel,
  { databaseUrl, streamName, profile, log }: ServicesOptions & { streamName: string },
): Promise<RunningStorage> {
  return startStorage({
    databaseUrl,
    bus,
    s3,
    access: accessByRules(docstore, profile),
    streamName,
    isEmulating: profile === 'dev',
    defaultProject: DEFAULT_PROJECT,
    maxConnections: STORAGE_CONNECTIONS,
    maxObjectBytes: MAX_OBJECT_BYTES,
    bufferBytes: UPLOAD_BUFFER_BYTES,
    reconcileIntervalMs: RECONCILE_INTERVAL_MS,
    uploadExpiryMs: UPLOAD_EXPIRY_MS,
    log,
  });
}

/** In order: what takes requests first, what they need last. */
async function closeAll(closers: readonly (() => Promise<void>)[]): Promise<void> {
  for (const close of closers) await close();
}
