import { createServer } from 'node:net';
import { failedPrecondition } from '@telestack/errors';

/** A port of `host` that was free a moment ago. */
export function freePort(host = '127.0.0.1'): Promise<number> {
  return listenOnce(0, host);
}

/** True when `port` can be listened on. */
export async function isPortFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return listenOnce(port, host).then(
    () => true,
    () => false,
  );
}

/**
 * The port to use: the configured one or nothing else (FAILED_PRECONDITION when it is taken); else the one remembered from the
 * last run if it is still free, so that clients' settings stay good; else any.
 */
export async function choosePort(
  name: string,
  host: string,
  configured: number | undefined,
  remembered: number | undefined,
): Promise<number> {
  if (configured !== undefined) {
    if (await isPortFree(configured, host)) return configured;
    throw failedPrecondition(`Port ${configured}, which is configured for ${name}, is in use.`);
  }
  if (remembered !== undefined && (await isPortFree(remembered, host))) return remembered;
  return freePort(host);
}

function listenOnce(port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address !== null
          ? resolve(address.port)
          : reject(new Error('No address')),
      );
    });
  });
}
