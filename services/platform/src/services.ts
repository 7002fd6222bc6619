import { type Bus, changeStreamSettings, connectBus } from '@telestack/bus';
import { changePublisher, docstoreSettings, startDocstore } from '@telestack/docstore';
import { gatewaySettings, startGateway } from '@telestack/gateway';
import type { Route } from '@telestack/http';
import { identitySettings, startIdentity } from '@telestack/identity';
import { DocstoreDefinition } from '@telestack/protos/telestack/docstore/v1/docstore.ts';
import { createBridge } from '@telestack/realtime-bridge';
import { type Channel, createClient, localChannel } from '@telestack/rpc';
import {
  accessByRules,
  type RunningStorage,
  s3Settings,
  startStorage,
  storageSettings,
} from '@telestack/storage';
import { type Environment, serviceOptions } from './settings.ts';

export type ServicesLog = (message: string, error?: unknown) => void;

export interface RunningServices {
  readonly port: number;
  /** What HTTP clients can ask for, and who may. */
  readonly routes: readonly Route[];
  /** What clients connect to, by name. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** Stops accepting, drains, closes. */
  close(): Promise<void>;
}

/**
 * All services in this process: the same contracts as between processes, called directly. Each takes its settings from the environment,
 * by its own options; without an object store there are no files.
 */
export async function startServices(environment: Environment, log: ServicesLog): Promise<RunningServices> {
  const options = serviceOptions('docstore', environment);
  const bus = await connectBus({
    servers: options.natsUrl,
    credentials: options.natsCredentials,
    name: 'telestack',
  });
  const closers: (() => Promise<void>)[] = [() => bus.close()];
  const openStream = () => bus.changeStream(changeStreamSettings(options.streamName, options.retention));
  try {
    const docstore = await startDocstore({
      ...docstoreSettings(options),
      publisher: changePublisher(openStream()),
      log,
    });
    closers.unshift(() => docstore.close());
    const docstoreChannel = localChannel(docstore.service);
    const identity = await startIdentity({
      ...identitySettings(serviceOptions('identity', environment)),
      log,
    });
    closers.unshift(() => identity.close());
    const bridge = createBridge({
      docstore: createClient(DocstoreDefinition, docstoreChannel),
      changes: openStream(),
      principals: identity.credentials,
      config: serviceOptions('realtime-bridge', environment),
      log: (level, message, details) => {
        if (level !== 'debug') log(message, details?.error);
      },
    });
    closers.unshift(() => bridge.close());
    const storage = await openStorage(bus, docstoreChannel, environment, log);
    if (storage) closers.unshift(() => storage.close());
    const settings = gatewaySettings(serviceOptions('gateway', environment));
    const gateway = await startGateway({
      ...settings,
      docstore: docstoreChannel,
      realtime: localChannel(bridge.service),
      credentials: identity.credentials,
      services: [identity.service, ...(storage ? [storage.http] : [])],
      openServices: [identity.openService],
      log,
    });
    closers.unshift(() => gateway.close());
    const firestore = `${settings.host}:${gateway.port}`;
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

async function openStorage(
  bus: Bus,
  docstore: Channel,
  environment: Environment,
  log: ServicesLog,
): Promise<RunningStorage | undefined> {
  const options = serviceOptions('storage', environment);
  const s3 = s3Settings(options);
  return (
    s3 &&
    startStorage({
      ...storageSettings(options),
      bus,
      s3,
      access: accessByRules(docstore, options.profile),
      log,
    })
  );
}

/** In order: what takes requests first, what they need last. */
async function closeAll(closers: readonly (() => Promise<void>)[]): Promise<void> {
  for (const close of closers) await close();
}
