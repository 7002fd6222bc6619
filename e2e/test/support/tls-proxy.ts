import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { promisify } from 'node:util';
import { hostAndPort } from './target.ts';

export interface TlsProxy {
  readonly port: number;
  /** File with the certificate, for clients that are to trust it. */
  readonly certificate: string;
  close(): Promise<void>;
}

/** Makes a certificate for `localhost` with its key, in two files; undefined where there is no OpenSSL to make it. */
async function makeCertificate(folder: string): Promise<{ certificate: string; key: string } | undefined> {
  const [certificate, key] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-days', '2'];
  const files = ['-keyout', key, '-out', certificate];
  try {
    await promisify(execFile)('openssl', [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-batch'],
      ...subject,
      ...files,
    ]);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return { certificate, key };
}

/** Ends TLS for `localhost` before the server at `address`, and passes bytes on. Undefined where no certificate can be made. */
export async function startTlsProxy(address: string, folder: string): Promise<TlsProxy | undefined> {
  const made = await makeCertificate(folder);
  if (made === undefined) return undefined;
  const [cert, key] = [made.certificate, made.key].map((file) => readFileSync(file));
  const sockets = new Set<Socket>();
  const server = createServer({ key, cert, ALPNProtocols: ['h2', 'http/1.1'] }, (client) => {
    const upstream = connect(hostAndPort(address));
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on('close', () => sockets.delete(from) && to.destroy()).on('error', () => {});
      from.pipe(to);
    }
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return {
    port,
    certificate: made.certificate,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
