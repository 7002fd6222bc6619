import { request } from 'node:http';
import { inject } from 'vitest';

export type SharedServer = 'postgres' | 'nats' | 'minio' | 'kubernetes';

const START_TIMEOUT_MS = 120_000;
/** The first time, a control plane is built from source. */
const BUILD_TIMEOUT_MS = 30 * 60_000;
/** What the run's process answers instead of a kubeconfig where there is no cluster: this, and why. */
export const NO_CLUSTER = 'none: ';
const urls = new Map<SharedServer, Promise<string>>();

/** Starts the run's PostgreSQL unless it runs; resolves to its URL, as superuser of the database `postgres`. */
export function startPostgres(): Promise<string> {
  return sharedServer('postgres');
}

/** Starts the run's nats-server unless it runs; resolves to its URL. */
export function startNats(): Promise<string> {
  return sharedServer('nats');
}

/**
 * Starts the run's Kubernetes control plane, with simulated nodes, unless it runs; resolves to the path of an administrator's kubeconfig.
 * Undefined, with a message, where there is none: its tests are skipped then.
 */
export async function startKubernetes(): Promise<string | undefined> {
  const answer = await sharedServer('kubernetes');
  if (!answer.startsWith(NO_CLUSTER)) return answer;
  console.warn(`Skipped: ${answer.slice(NO_CLUSTER.length)}.`);
  return undefined;
}

/** An S3 server, and where its bucket notifications go. */
export interface TestMinio {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly notificationArn: string;
  /** Subject on the run's nats-server. */
  readonly notificationSubject: string;
}

/** Starts the run's MinIO unless it runs. Its program is made beforehand by `npm test`. */
export async function startMinio(): Promise<TestMinio> {
  return JSON.parse(await sharedServer('minio')) as TestMinio;
}

function sharedServer(name: SharedServer): Promise<string> {
  let url = urls.get(name);
  if (url === undefined) {
    url = ask(name);
    urls.set(name, url);
  }
  return url;
}

function ask(name: SharedServer): Promise<string> {
  const socketPath = inject('telestackServers');
  const timeout = name === 'kubernetes' ? BUILD_TIMEOUT_MS : START_TIMEOUT_MS;
  return new Promise((resolve, reject) => {
    const req = request({ socketPath, path: `/${name}`, timeout }, async (response) => {
      let body = '';
      for await (const chunk of response) body += String(chunk);
      if (response.statusCode === 200) resolve(body);
      else reject(new Error(`The shared ${name} did not start: ${body}`));
    });
    req.once('timeout', () => req.destroy(new Error(`The shared ${name} did not start in time`)));
    req.once('error', reject);
    req.end();
  });
}
