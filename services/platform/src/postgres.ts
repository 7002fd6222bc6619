import { failedPrecondition } from '@telestack/errors';
import { type Log, startPostgres } from '@telestack/launch';
import { Database } from '@telestack/pg';

const DATABASE = 'telestack';

export interface DatabaseServer {
  /** The services' database. */
  url: string;
  /** The same for people and tools: over TCP. */
  tcpUrl: string;
  /** The postmaster; undefined for an external server. */
  pid(): number | undefined;
  stop(): Promise<void>;
}

/** The PostgreSQL that is configured, or one of our own on the folder. */
export async function openPostgres(options: {
  url: string | undefined;
  folder: string;
  port: number | undefined;
  log: Log;
}): Promise<DatabaseServer> {
  if (options.url !== undefined) {
    const { url } = options;
    await checkSettings(url);
    return { url, tcpUrl: url, pid: () => undefined, stop: async () => {} };
  }
  const server = await startPostgres({ folder: options.folder, port: options.port, log: options.log });
  try {
    await ensureDatabase(server.socketUrl());
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    url: server.socketUrl(DATABASE),
    tcpUrl: server.url(DATABASE),
    pid: () => server.pid,
    stop: () => server.stop(),
  };
}

async function ensureDatabase(adminUrl: string): Promise<void> {
  const admin = new Database({ connectionString: adminUrl, applicationName: 'telestack-platform', max: 1 });
  try {
    const { rows } = await admin.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (rows.length === 0) await admin.query(`CREATE DATABASE ${DATABASE} TEMPLATE template0`);
  } finally {
    await admin.close();
  }
}

/** An external server that cannot serve the change stream is refused now, not at the first listener. */
async function checkSettings(url: string): Promise<void> {
  const db = new Database({ connectionString: url, applicationName: 'telestack-platform', max: 1 });
  try {
    const { rows } = await db.query<{ wal_level: string; collation: string }>(
      `SELECT current_setting('wal_level') AS wal_level, datcollate AS collation
         FROM pg_database WHERE datname = current_database()`,
    );
    const problems = [
      rows[0]?.wal_level === 'logical' ? '' : `wal_level is ${rows[0]?.wal_level}, not logical`,
      /^(C|POSIX)$/.test(rows[0]?.collation ?? '') ? '' : `the collation is ${rows[0]?.collation}, not C`,
    ].filter((problem) => problem !== '');
    if (problems.length > 0) throw failedPrecondition(`DATABASE_URL cannot be used: ${problems.join('; ')}.`);
  } finally {
    await db.close();
  }
}
