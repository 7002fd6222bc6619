import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Bus, connectBus } from '@telestack/bus';
import { Database } from '@telestack/pg';
import { ADMIN, ANONYMOUS, type Principal } from '@telestack/rpc';
import { createDatabase, startMinio, startNats, type TestDatabase } from '@telestack/testkit';
import { Client } from 'minio';
import {
  type RunningStorage,
  type StorageAccess,
  type StorageOptions,
  startStorage,
} from '../../src/index.ts';

/** Everyone may do anything below `public/`, except store nothing under `public/sized`; a user below `users/<uid>/`, administrators everywhere. */
export const TEST_ACCESS: StorageAccess = {
  allow({ principal, path, requestResource }) {
    if (path === 'public/sized' && requestResource?.size === 0) return false;
    if (principal.kind === 'admin' || path === 'public' || path.startsWith('public/')) {
      return (requestResource?.contentType ?? '') !== 'refused/type';
    }
    return principal.kind === 'user' && `${path}/`.startsWith(`users/${principal.uid}/`);
  },
};

/** The service on the run's servers, with a database and buckets of its own, behind a server that believes what "authorization" says. */
export class Harness implements AsyncDisposable {
  readonly bucket: string;
  readonly s3: Client;
  readonly database: TestDatabase;
  readonly db: Database;
  readonly bus: Bus;
  readonly logged: string[] = [];
  storage: RunningStorage;
  readonly #server: Server;
  readonly #options: StorageOptions;

  private constructor(
    options: StorageOptions,
    database: TestDatabase,
    bucket: string,
    storage: RunningStorage,
    logged: string[],
  ) {
    this.#options = options;
    this.database = database;
    this.db = new Database({ connectionString: database.url, applicationName: 'storage-test', max: 2 });
    this.bus = options.bus;
    this.bucket = bucket;
    this.storage = storage;
    this.logged = logged;
    const { hostname, port } = new URL(options.s3.endpoint);
    const { accessKey, secretKey, region } = options.s3;
    this.s3 = new Client({
      endPoint: hostname,
      port: Number(port),
      useSSL: false,
      accessKey,
      secretKey,
      region,
    });
    // On a busy machine a client may take a connection up again that the server has just closed.
    this.#server = createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
      const aborted = new AbortController();
      response.once('close', () => aborted.abort());
      const principal = principalOf(request.headers.authorization);
      const traceparent = request.headers.traceparent as string | undefined;
      void this.storage.http.handle(request, response, { principal, signal: aborted.signal, traceparent });
    });
  }

  static async start(given: Partial<StorageOptions> = {}): Promise<Harness> {
    const [database, natsUrl, minio] = await Promise.all([createDatabase(), startNats(), startMinio()]);
    const logged: string[] = [];
    const bus = await connectBus({ servers: natsUrl, name: 'storage-test' });
    const options: StorageOptions = {
      databaseUrl: database.url,
      bus,
      s3: { ...minio, pathStyle: true, bucketPrefix: `t${randomBytes(4).toString('hex')}-` },
      access: TEST_ACCESS,
      // MinIO's notifications have one subject for all tests.
      streamName: minio.notificationSubject.replace(/\.s3$/, ''),
      isEmulating: true,
      defaultProject: 'demo',
      maxConnections: 8,
      maxObjectBytes: 64 * 1024 * 1024,
      bufferBytes: 16 * 1024 * 1024,
      reconcileIntervalMs: 3_600_000,
      uploadExpiryMs: 3_600_000,
      log: (message, error) => logged.push(`${message} ${error instanceof Error ? error.stack : ''}`),
      ...given,
    };
    const bucket = 'files.appspot.com';
    const harness = new Harness(options, database, bucket, await startStorage(options), logged);
    await new Promise<void>((resolve) => harness.#server.listen(0, '127.0.0.1', resolve));
    return harness;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The bucket's name in the object store. */
  get storeBucket(): string {
    return `${this.#options.s3.bucketPrefix}${this.bucket}`;
  }

  /** Ends the service as a crash would, as far as the database sees it, and starts it again. */
  async restart(): Promise<void> {
    await this.storage.close();
    this.storage = await startStorage(this.#options);
  }

  /** A request to the Firebase API of the bucket; `path` begins behind "/o". */
  firebase(path: string, init: RequestInit & { as?: string } = {}): Promise<Response> {
    return this.fetch(`/v0/b/${this.bucket}/o${path}`, init);
  }

  fetch(
    path: string,
    { as = 'Bearer owner', ...init }: RequestInit & { as?: string } = {},
  ): Promise<Response> {
    const headers = {
      ...(as === '' ? {} : { authorization: as }),
      ...(init.headers as Record<string, string>),
    };
    return fetch(path.startsWith('http') ? path : this.origin + path, { ...init, headers });
  }

  async upload(path: string, body: string | Buffer, headers: Record<string, string> = {}): Promise<Response> {
    const url = `?name=${encodeURIComponent(path)}`;
    return this.firebase(url, { method: 'POST', body: body as string, headers });
  }

  /** Paths that a listing shows. */
  async paths(): Promise<string[]> {
    const { rows } = await this.db.query<{ path: string }>('SELECT path FROM storage.objects ORDER BY path');
    return rows.map(({ path }) => path);
  }

  /** Keys that the object store has. */
  async keys(): Promise<string[]> {
    const keys: string[] = [];
    for await (const item of this.s3.listObjectsV2(this.storeBucket, '', true)) {
      if ('name' in item && item.name !== undefined) keys.push(item.name);
    }
    return keys.sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await this.storage.close();
    await this.bus.close();
    await this.db.close();
    await this.database.drop();
  }
}

/** "Bearer owner" is an administrator, "Admin <project>" one of that project, "User <uid>" or "User <uid>@<project>" a user. */
function principalOf(authorization: string | undefined): Principal {
  if (authorization === undefined) return ANONYMOUS;
  const [, kind, name, project] = /^(User|Admin) ([^@]+)(?:@(.+))?$/.exec(authorization) ?? [];
  if (kind === 'Admin') return { kind: 'admin', project: name! };
  return kind === 'User' ? { kind: 'user', uid: name!, claims: { sub: name }, project } : ADMIN;
}
