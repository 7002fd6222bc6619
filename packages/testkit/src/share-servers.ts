import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import {
  type Log,
  MINIO_FOLDER,
  MINIO_NATS_ARN,
  type MinioServer,
  makeTempFolder,
  NATS_FOLDER,
  type NatsServer,
  POSTGRES_FOLDER,
  type PostgresServer,
  startMinio,
  startNats,
  startPostgres,
} from '@telestack/launch';
import type { TestProject } from 'vitest/node';
import type { SharedServer, TestMinio } from './servers.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Unix socket of the process that starts the shared servers when a test first asks for one. */
    telestackServers: string;
  }
}

/** Starts a server below the folder. `answer` is what a test is told that asks for it. */
export type StartServer = (
  folder: string,
  log: Log,
) => Promise<{ readonly answer: string; stop(): Promise<void> }>;

/** Servers that the testkit cannot start itself. */
export type OtherServers = Readonly<
  Record<Exclude<SharedServer, 'postgres' | 'nats' | 'minio'>, StartServer>
>;

/**
 * For Vitest's global setup: one PostgreSQL, nats-server, MinIO and what else there is for the whole run, thrown away at its end. Each is started when the
 * first test asks for it, so runs of pure tests do not wait for servers.
 */
export async function shareServers(project: TestProject, others: OtherServers): Promise<() => Promise<void>> {
  const log = (line: string) => {
    if (process.env.TESTKIT_LOG) console.error(line);
  };
  const folder = await makeTempFolder('telestack-test-', log);
  let postgres: Promise<PostgresServer> | undefined;
  let nats: Promise<NatsServer> | undefined;
  let kubernetes: ReturnType<StartServer> | undefined;
  let minio: Promise<MinioServer> | undefined;
  const start: Record<SharedServer, () => Promise<string>> = {
    postgres: async () => {
      postgres ??= startPostgres({ folder: join(folder.path, POSTGRES_FOLDER), maxConnections: 300, log });
      return (await postgres).socketUrl('postgres');
    },
    nats: async () => {
      nats ??= startNats({ folder: join(folder.path, NATS_FOLDER), log });
      return (await nats).url;
    },
    kubernetes: async () => {
      kubernetes ??= others.kubernetes(folder.path, log);
      return (await kubernetes).answer;
    },
    minio: async () => {
      const notifications = { natsUrl: await start.nats(), subject: 'test.s3' };
      minio ??= startMinio({ folder: join(folder.path, MINIO_FOLDER), notifications, log });
      const { endpoint, region, accessKey, secretKey, ready } = await minio;
      await ready;
      return JSON.stringify({
        endpoint,
        region,
        accessKey,
        secretKey,
        notificationArn: MINIO_NATS_ARN,
        notificationSubject: notifications.subject,
      } satisfies TestMinio);
    },
  };
  const server = await listen(join(folder.path, 'servers.sock'), start);
  project.provide('telestackServers', join(folder.path, 'servers.sock'));

  return async () => {
    server.close();
    server.closeAllConnections();
    await Promise.allSettled([
      ...[minio, postgres, nats, kubernetes].map((server) => server?.then((it) => it.stop())),
    ]);
    folder.remove();
  };
}

/** Answers `GET /<server>` with its URL. */
async function listen(path: string, start: Record<SharedServer, () => Promise<string>>): Promise<Server> {
  const server = createServer((request, response) => {
    const name = request.url?.slice(1);
    if (name === undefined || !Object.hasOwn(start, name)) {
      response.writeHead(404).end();
      return;
    }
    start[name as SharedServer]().then(
      (url) => response.end(url),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  return server;
}
