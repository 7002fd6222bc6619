import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { unavailable } from '@telestack/errors';
import type { Metrics } from './metrics.ts';

export interface HealthServerOptions {
  readonly host: string;
  readonly port: number;
  readonly metrics: Metrics;
  /** Restarting the process would help when this is false. */
  readonly isAlive: () => boolean;
  /** It can do its work. */
  readonly isReady: () => boolean;
}

export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves /healthz, /readyz and /metrics. */
export async function startHealthServer(options: HealthServerOptions): Promise<HealthServer> {
  const { metrics, isAlive, isReady, host, port } = options;
  const server = createServer(async (request, response) => {
    const path = request.url?.split('?')[0];
    const tell = (isGood: boolean) =>
      response.writeHead(isGood ? 200 : 503).end(isGood ? 'ok\n' : 'not ok\n');
    if (path === '/healthz') tell(isAlive());
    else if (path === '/readyz') tell(isReady());
    else if (path === '/metrics') {
      const text = await metrics.registry.metrics();
      response.writeHead(200, { 'Content-Type': metrics.registry.contentType }).end(text);
    } else response.writeHead(404).end();
  });
  await listen(server, host, port);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => reject(unavailable(`Cannot listen on ${host}:${port}.`, { cause })));
    server.listen(port, host, resolve);
  });
}
