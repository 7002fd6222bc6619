import { request } from 'node:http';
import { grantServiceAccount } from '@telestack/identity';
import { createDatabase, startNats, type TestDatabase, uniqueStream } from '@telestack/testkit';
import { importPKCS8, SignJWT } from 'jose';
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
  /** Of such an account. */
  accessToken(): Promise<string>;
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
  const keyFile: Production['keyFile'] = (account, project = PROJECT) =>
    grantServiceAccount({
      ...{ databaseUrl: database.url, project, account },
      tokenUri: `http://${address}/token`,
    });
  return {
    services,
    address,
    database,
    logged,
    keyFile,
    accessToken: async () => exchange(await keyFile('operator')),
    async [Symbol.asyncDispose]() {
      await services.close();
      await database.drop();
    },
  };
}

/** Changes a service account's signature into an access token. */
async function exchange(file: Record<string, string>): Promise<string> {
  const assertion = await new SignJWT({ scope: 'https://www.googleapis.com/auth/cloud-platform' })
    .setProtectedHeader({ alg: 'RS256', kid: file.private_key_id! })
    .setIssuer(file.client_email!)
    .setAudience(file.token_uri!)
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(await importPKCS8(file.private_key!, 'RS256'));
  const grant_type = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
  const body = new URLSearchParams({ grant_type, assertion });
  const response = await fetch(file.token_uri!, { method: 'POST', body });
  return ((await response.json()) as { access_token: string }).access_token;
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
