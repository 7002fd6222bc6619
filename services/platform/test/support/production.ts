import { request } from 'node:http';
import { grantServiceAccount } from '@telestack/identity';
import { createDatabase, startNats, type TestDatabase, uniqueStream } from '@telestack/testkit';
import { type Environment, type RunningServices, startServices } from '../../src/index.ts';

export const PROJECT = 'prod';

export interface Production extends AsyncDisposable {
  readonly services: RunningServices;
  /** "host:port". */
  readonly address: string;
  readonly database: TestDatabase;
  readonly logged: string[];
  /** A key file of a service account that administers the project. */
  keyFile(account: string, project?: string): Promise<Record<string, string>>;
}

/** All services as they are in production, on a database of their own. */
export async function startProduction(more: Environment = {}): Promise<Production> {
  const database = await createDatabase();
  const logged: string[] = [];
  const services = await startServices(
    {
      DATABASE_URL: database.url,
      NATS_URL: await startNats(),
      HOST: '127.0.0.1',
      PORT: '0',
      TELESTACK_PROFILE: 'production',
      TELESTACK_PROJECT: PROJECT,
      WEB_API_KEY: 'web-key',
      STREAM_NAME: uniqueStream('production').name,
      ...more,
    },
    (message, error) => {
      logged.push(error === undefined ? message : `${message} ${String(error)}`);
    },
  );
  const address = `127.0.0.1:${services.port}`;
  return {
    services,
    address,
    database,
    logged,
    keyFile: (account, project = PROJECT) =>
      grantServiceAccount({
        ...{ databaseUrl: database.url, project, account },
        tokenUri: `http://${address}/token`,
      }),
    async [Symbol.asyncDispose]() {
      await services.close();
      await database.drop();
    },
  };
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** A request with its path as it is given: `fetch` would tidy it up. */
export function send(
  address: string,
  method: string,
  path: string,
  { headers = {}, body = '' }: { headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  const [host, port] = address.split(':');
  return new Promise((resolve, reject) => {
    const call = request({ host, port, method, path, headers, timeout: 10_000 }, async (response) => {
      let text = '';
      for await (const chunk of response) text += String(chunk);
      resolve({ status: response.statusCode ?? 0, text });
    });
    call.once('timeout', () => call.destroy(new Error(`${method} ${path}: no answer`)));
    call.once('error', reject);
    call.end(body);
  });
}
