import { AuditLog } from '@telestack/audit';
import {
  Database,
  ensureSlot,
  isConnectionError,
  type PgOutputMessage,
  type ReplicationStream,
  startReplication,
} from '@telestack/pg';
import { AccessDefinition } from '@telestack/protos/telestack/docstore/v1/access.ts';
import { DocstoreDefinition } from '@telestack/protos/telestack/docstore/v1/docstore.ts';
import { type ByteService, bindService } from '@telestack/rpc';
import { AccessControl } from './access/access-control.ts';
import { CollectionSettings } from './access/collection-settings.ts';
import { Releases } from './access/releases.ts';
import { Rulesets } from './access/rulesets.ts';
import { rulesHandlers } from './access/service.ts';
import { type SettingsFilePaths, startSettingsFiles } from './access/settings-files.ts';
import { settingsHandlers } from './access/settings-handlers.ts';
import { Committer } from './commit/committer.ts';
import type { Docstore } from './context.ts';
import { PLANNER_SETTINGS } from './database.ts';
import { IndexAdvisor } from './indexes/advisor.ts';
import { IndexBuilder } from './indexes/builder.ts';
import { migrateDocstore } from './migrate.ts';
import { Lookup } from './read/lookup.ts';
import { type ChangePublisher, Relay } from './relay/relay.ts';
import { startRetention } from './retention.ts';
import { handlers } from './service.ts';
import { Transactions } from './transactions/transactions.ts';

export interface DocstoreOptions {
  readonly databaseUrl: string;
  readonly publisher: ChangePublisher;
  /** Connections of this replica for reads; commits and background work take up to eight more. */
  readonly maxConnections: number;
  /** How far back reads at a time and resume tokens reach. */
  readonly retentionSeconds: number;
  /** Milliseconds between commits without changes in an idle database. */
  readonly heartbeatInterval: number;
  readonly slot: string;
  /** What holds for a database that nobody has deployed rules for; administrators may do everything anyway. */
  readonly withoutRules: 'open' | 'closed';
  /** Whether a denial tells what the rules made of the request: for development. */
  readonly explainsDenials: boolean;
  /** Rules, policies and schemas that come with the deployment. */
  readonly files?: SettingsFilePaths;
  readonly log: (message: string, error?: unknown) => void;
}

export interface RunningDocstore {
  /** telestack.docstore.v1: Docstore and Access. */
  readonly service: ByteService;
  readonly relay: Relay;
  /** Ends what runs: commits under way finish first. */
  close(): Promise<void>;
}

/** Statements of clients end after so long; Google's own deadline for a request is 60 s. */
const STATEMENT_TIMEOUT_MS = 60_000;
const RETENTION_INTERVAL_MS = 30_000;

/** Migrates the database and starts a docstore on it. */
export async function startDocstore(options: DocstoreOptions): Promise<RunningDocstore> {
  const { databaseUrl: connectionString, log } = options;
  const database = new Database({
    connectionString,
    max: options.maxConnections,
    applicationName: 'telestack-docstore',
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    settings: PLANNER_SETTINGS,
  });
  // A commit must not wait for a connection until long reads are done with theirs.
  const committing = new Database({
    connectionString,
    max: 2,
    applicationName: 'telestack-docstore-commits',
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    settings: PLANNER_SETTINGS,
  });
  // Clean-up takes its time and must not take the connections of requests.
  const background = new Database({
    connectionString,
    max: 2,
    applicationName: 'telestack-docstore-background',
  });
  const building = new Database({
    connectionString,
    max: 2,
    applicationName: 'telestack-docstore-indexes',
    statementTimeoutMs: 0,
  });
  try {
    await migrateDocstore(background);
  } catch (error) {
    await Promise.all([database, committing, background, building].map((each) => each.close()));
    throw error;
  }

  const now = () => Date.now() * 1000;
  const builder = new IndexBuilder(building);
  const indexes = new IndexAdvisor({
    database: background,
    builder,
    onBuilt: (name, milliseconds) => log(`Index ${name} built in ${Math.round(milliseconds)} ms.`),
    onError: (error) => log('An index could not be built.', error),
  });
  const rulesets = new Rulesets(database);
  const settings = new CollectionSettings(database);
  const audit = new AuditLog(database, 'telestack', log);
  // In force before the first request comes.
  const files =
    options.files &&
    (await startSettingsFiles({
      ...options.files,
      ...{ settings, rulesets, audit, log },
      declareIndexes: (specs) => indexes.declare(specs),
    }));
  const { withoutRules, explainsDenials } = options;
  const releases = new Releases({ connectionString, rulesets, withoutRules });
  const docstore: Docstore = {
    access: new AccessControl({ releases, explains: explainsDenials }),
    database,
    committer: new Committer(committing, { isConnectionError, now }),
    lookup: new Lookup(database),
    transactions: new Transactions(database),
    indexes,
    retention: options.retentionSeconds * 1e6,
    now,
  };
  const retention = startRetention(background, {
    retentionSeconds: options.retentionSeconds,
    interval: RETENTION_INTERVAL_MS,
    onError: (error) => log('Expired versions could not be removed.', error),
  });
  const relay = new Relay({
    database: background,
    publisher: options.publisher,
    heartbeatInterval: options.heartbeatInterval,
    log,
    open: (onMessage) => openSlot(background, options, onMessage),
  });
  relay.start();

  return {
    service: new Map([
      ...bindService(DocstoreDefinition, handlers(docstore)),
      ...bindService(AccessDefinition, {
        ...rulesHandlers(rulesets, audit),
        ...settingsHandlers(database, settings, audit),
      }),
    ]),
    relay,
    async close() {
      await files?.close();
      await releases.close();
      await docstore.committer.drain();
      indexes.close();
      await relay.close();
      await retention.close();
      await builder.close();
      await Promise.all([database, committing, background, building].map((each) => each.close()));
    },
  };
}

async function openSlot(
  database: Database,
  { databaseUrl: connectionString, slot }: DocstoreOptions,
  onMessage: (message: PgOutputMessage) => void | Promise<void>,
): Promise<ReplicationStream> {
  await ensureSlot(database, slot);
  return startReplication({
    connectionString,
    slot,
    publication: 'telestack',
    messages: true,
    onMessage: (_lsn, message) => onMessage(message),
  });
}
