import { connectBus } from '@telestack/bus';
import { type Log, startNats } from '@telestack/launch';

export interface BusServer {
  url: string;
  /** Undefined for an external server. */
  pid(): number | undefined;
  stop(): Promise<void>;
}

/** The NATS that is configured, or one of our own on the folder. */
export async function openNats(options: {
  url: string | undefined;
  credentials?: string;
  folder: string;
  port: number | undefined;
  log: Log;
}): Promise<BusServer> {
  if (options.url !== undefined) {
    const bus = await connectBus({
      servers: options.url,
      credentials: options.credentials,
      name: 'telestack-platform',
    });
    await bus.close();
    return { url: options.url, pid: () => undefined, stop: async () => {} };
  }
  const server = await startNats({ folder: options.folder, port: options.port, log: options.log });
  return { url: server.url, pid: () => server.pid, stop: () => server.stop() };
}
