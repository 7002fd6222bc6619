import { type ApiClient, resources } from '@telestack/controller';
import { Database } from '@telestack/pg';
import type { TelestackProject } from '../api/project.ts';
import type { Problem } from './problem.ts';

export interface ProbeResult {
  readonly problem: Problem | undefined;
  /** When to ask again. */
  readonly againInMs: number;
}

interface Remembered extends ProbeResult {
  readonly at: number;
  readonly secretVersion: string;
}

const TIMEOUT_MS = 3_000;
const GOOD_MS = 60_000;
const BAD_MS = 5_000;
const HOLDS = ['docstore', 'identity', 'storage', 'compact'] as const;

/** Tries external databases, and remembers for a while how it went, so that many changes do not become many connections. */
export class DatabaseProbe {
  readonly #client: ApiClient;
  readonly #results = new Map<string, Remembered>();
  readonly #connect: (url: string) => Promise<string | undefined>;

  /** `connect` resolves to what is wrong with a database. */
  constructor(client: ApiClient, connect: (url: string) => Promise<string | undefined> = tryDatabase) {
    this.#client = client;
    this.#connect = connect;
  }

  /** `secretVersion`: another one makes what is remembered worthless. */
  async check(
    project: TelestackProject,
    secretVersion: string,
    signal: AbortSignal,
  ): Promise<ProbeResult | undefined> {
    const { external } = project.spec.postgresql;
    const key = `${project.metadata.namespace}/${project.metadata.name}`;
    if (external === undefined) {
      this.#results.delete(key);
      return undefined;
    }
    const known = this.#results.get(key);
    const age = performance.now() - (known?.at ?? 0);
    if (known?.secretVersion === secretVersion && age < known.againInMs - 500) return known;
    const { name, key: field } = external.urlSecretRef;
    const secret = await this.#client.get(resources.secret, project.metadata.namespace, name, signal);
    const encoded = (secret.data as Record<string, string> | undefined)?.[field] ?? '';
    const complaint = await this.#connect(Buffer.from(encoded, 'base64').toString('utf8'));
    const result: Remembered = {
      at: performance.now(),
      secretVersion,
      againInMs: complaint === undefined ? GOOD_MS : BAD_MS,
      problem:
        complaint === undefined
          ? undefined
          : { reason: 'DatabaseUnusable', message: `spec.postgresql.external: ${complaint}`, holds: HOLDS },
    };
    this.#results.set(key, result);
    return result;
  }

  forget(key: string): void {
    this.#results.delete(key);
  }
}

/** Says what keeps the database from serving a project; never repeats the URL, which has the password. */
export async function tryDatabase(url: string): Promise<string | undefined> {
  const place = placeOf(url);
  if (place === undefined)
    return 'the URL is not one of PostgreSQL: postgresql://user:password@host:port/database';
  const database = new Database({
    connectionString: url,
    applicationName: 'telestack-operator',
    max: 1,
    connectionTimeoutMs: TIMEOUT_MS,
  });
  try {
    const { rows } = await database.query<{ wal: string; collate: string }>(
      "SELECT current_setting('wal_level') AS wal, datcollate AS collate FROM pg_database WHERE datname = current_database()",
    );
    const { wal, collate } = rows[0] ?? { wal: '', collate: '' };
    if (wal !== 'logical') return `PostgreSQL at ${place} has wal_level = ${wal}; it must be logical`;
    if (!/^(C|POSIX|C\.UTF-?8)$/i.test(collate))
      return `the database at ${place} has the collation ${collate}; it must be C, since Firestore orders by bytes`;
    return undefined;
  } catch (error) {
    return `PostgreSQL at ${place} cannot be used: ${reasonOf(error)}`;
  } finally {
    await database.close().catch(() => {});
  }
}

function placeOf(url: string): string | undefined {
  try {
    const { protocol, hostname, port } = new URL(url);
    return /^postgres(ql)?:$/.test(protocol) ? `${hostname}:${port || '5432'}` : undefined;
  } catch {
    return undefined;
  }
}

function reasonOf(error: unknown): string {
  const deepest = (it: unknown): unknown =>
    it instanceof Error && it.cause !== undefined ? deepest(it.cause) : it;
  const root = deepest(error);
  if (root instanceof AggregateError)
    return String((root.errors[0] as Error | undefined)?.message ?? root.message);
  return root instanceof Error ? root.message : String(root);
}
