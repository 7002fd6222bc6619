import { type ApiClient, keyOf, resources } from '@telestack/controller';
import { Database, dropSlot } from '@telestack/pg';
import type { TelestackProject } from '../api/project.ts';
import { NEEDS_DATABASE } from '../resources/postgresql.ts';
import type { Problem } from './problem.ts';

export interface ProbeResult {
  readonly problem: Problem | undefined;
  /** When to ask again. */
  readonly againInMs: number;
}

export interface DatabaseProbeOptions {
  readonly client: ApiClient;
  /** Told the project's key when there is an answer. */
  readonly onAnswer: (key: string) => void;
  /** Resolves to what is wrong with a database. */
  readonly connect?: (url: string) => Promise<string | undefined>;
}

interface Answer extends ProbeResult {
  readonly at: number;
  readonly secretVersion: string;
  /** Kept, so that asking again costs the API server nothing. */
  readonly url: string;
}

interface Question {
  readonly key: string;
  readonly project: TelestackProject;
  readonly secretVersion: string;
}

const TIMEOUT_MS = 3_000;
/** Of one question, whatever the server does after it has accepted the connection. */
const LIMIT_MS = 8_000;
const GOOD_MS = 60_000;
const BAD_MS = 5_000;
const EARLY_MS = 500;
const PARALLEL = 32;

/**
 * Tries external databases beside the reconciliation, which never waits for one: a database that does not answer would hold a worker, and many of
 * them all other projects. Answers are remembered for a while, so that many changes do not become many connections.
 */
export class DatabaseProbe {
  readonly #options: DatabaseProbeOptions;
  readonly #answers = new Map<string, Answer>();
  readonly #open = new Set<string>();
  readonly #waiting: Question[] = [];
  #active = 0;

  constructor(options: DatabaseProbeOptions) {
    this.#options = options;
  }

  /**
   * The last answer; 'asked' when there is none yet for this version of the Secret; undefined when the project has a database of its own.
   * Asks in the background where the answer is missing or old.
   */
  check(project: TelestackProject, secretVersion: string): ProbeResult | 'asked' | undefined {
    const key = keyOf(project);
    if (project.spec.postgresql.external === undefined) {
      this.forget(key);
      return undefined;
    }
    const known = this.#answers.get(key);
    const isCurrent = known?.secretVersion === secretVersion;
    if (!isCurrent || performance.now() - known.at > known.againInMs - EARLY_MS)
      this.#ask({ key, project, secretVersion });
    return isCurrent ? known : 'asked';
  }

  forget(key: string): void {
    this.#answers.delete(key);
  }

  /** Drops the project's replication slot, if it has one. Resolves to what was in the way. */
  async dropSlot(project: TelestackProject, slot: string): Promise<string | undefined> {
    try {
      const url = await this.#urlOf(project);
      const dropped = withDatabase(url, (database) => dropSlot(database, slot));
      return await withLimit(dropped.then(() => undefined));
    } catch (error) {
      return reasonOf(error);
    }
  }

  #ask(question: Question): void {
    if (this.#open.has(question.key)) return;
    this.#open.add(question.key);
    this.#waiting.push(question);
    this.#next();
  }

  #next(): void {
    while (this.#active < PARALLEL) {
      const question = this.#waiting.shift();
      if (question === undefined) return;
      this.#active++;
      void this.#answer(question).finally(() => {
        this.#active--;
        this.#open.delete(question.key);
        this.#options.onAnswer(question.key);
        this.#next();
      });
    }
  }

  async #answer({ key, project, secretVersion }: Question): Promise<void> {
    const known = this.#answers.get(key);
    let url = known?.secretVersion === secretVersion ? known.url : '';
    let complaint: string | undefined;
    try {
      if (url === '') url = await this.#urlOf(project);
      complaint = await withLimit((this.#options.connect ?? tryDatabase)(url));
    } catch (error) {
      complaint = reasonOf(error);
    }
    this.#answers.set(key, {
      at: performance.now(),
      secretVersion,
      url,
      againInMs: complaint === undefined ? GOOD_MS : BAD_MS,
      problem:
        complaint === undefined
          ? undefined
          : {
              reason: 'DatabaseUnusable',
              message: `spec.postgresql.external: ${complaint}`,
              holds: NEEDS_DATABASE,
            },
    });
  }

  async #urlOf({ metadata, spec }: TelestackProject): Promise<string> {
    const { name, key } = spec.postgresql.external!.urlSecretRef;
    const secret = await this.#options.client.get(resources.secret, metadata.namespace, name);
    const encoded = (secret.data as Record<string, string> | undefined)?.[key] ?? '';
    return Buffer.from(encoded, 'base64').toString('utf8');
  }
}

/** What a question comes to when nothing else does. */
async function withLimit(answer: Promise<string | undefined>): Promise<string | undefined> {
  const late = Promise.withResolvers<string>();
  const timer = setTimeout(
    () => late.resolve(`PostgreSQL did not answer within ${LIMIT_MS / 1_000} s`),
    LIMIT_MS,
  );
  return Promise.race([answer, late.promise]).finally(() => clearTimeout(timer));
}

/** Says what keeps the database from serving a project; never repeats the URL, which has the password. */
export async function tryDatabase(url: string): Promise<string | undefined> {
  const place = placeOf(url);
  if (place === undefined)
    return 'the URL is not one of PostgreSQL: postgresql://user:password@host:port/database';
  try {
    return await withDatabase(url, (database) => complaintOf(database, place));
  } catch (error) {
    return `PostgreSQL at ${place} cannot be used: ${reasonOf(error)}`;
  }
}

async function complaintOf(database: Database, place: string): Promise<string | undefined> {
  const { rows } = await database.query<{ wal: string; collate: string }>(
    "SELECT current_setting('wal_level') AS wal, datcollate AS collate FROM pg_database WHERE datname = current_database()",
  );
  const { wal, collate } = rows[0] ?? { wal: '', collate: '' };
  if (wal !== 'logical') return `PostgreSQL at ${place} has wal_level = ${wal}; it must be logical`;
  if (!/^(C|POSIX|C\.UTF-?8)$/i.test(collate))
    return `the database at ${place} has the collation ${collate}; it must be C, since Firestore orders by bytes`;
  return undefined;
}

/** A connection for one question. */
async function withDatabase<T>(url: string, ask: (database: Database) => Promise<T>): Promise<T> {
  const database = new Database({
    connectionString: url,
    applicationName: 'telestack-operator',
    max: 1,
    connectionTimeoutMs: TIMEOUT_MS,
  });
  try {
    return await ask(database);
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
