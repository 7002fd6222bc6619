import { defineOptions } from '@telestack/config';

/** What a docstore process understands. */
export const DOCSTORE_OPTIONS = defineOptions({
  host: {
    env: 'HOST',
    flag: 'host',
    type: 'string',
    default: '127.0.0.1',
    description: 'Address to listen on.',
  },
  port: {
    env: 'PORT',
    flag: 'port',
    type: 'int',
    default: 9001,
    min: 0,
    max: 65535,
    description: 'Port of the gRPC service.',
  },
  databaseUrl: {
    env: 'DATABASE_URL',
    type: 'string',
    default: '',
    secret: true,
    description: 'PostgreSQL with wal_level = logical.',
  },
  natsUrl: {
    env: 'NATS_URL',
    type: 'string',
    default: '',
    secret: true,
    description: 'NATS with JetStream.',
  },
  natsCredentials: {
    env: 'NATS_CREDENTIALS',
    type: 'string',
    default: '',
    secret: true,
    description: 'Text of a creds file, for a NATS with accounts.',
  },
  profile: {
    env: 'TELESTACK_PROFILE',
    flag: 'profile',
    type: 'string',
    choices: ['dev', 'production'],
    default: 'production',
    description: 'What a database without rules allows. dev: everything; production: nothing.',
  },
  streamName: {
    env: 'STREAM_NAME',
    type: 'string',
    default: 'telestack',
    description: 'Change stream, and the replication slot that feeds it.',
  },
  maxConnections: {
    env: 'POSTGRES_MAX_CONNECTIONS',
    type: 'int',
    default: 20,
    min: 1,
    description:
      'Connections of this replica to PostgreSQL for reads; commits and background work take up to eight more.',
  },
  retention: {
    env: 'RETENTION',
    type: 'duration',
    default: 3_600_000,
    description: 'How far back reads at a time and resume tokens reach.',
  },
  project: {
    env: 'TELESTACK_PROJECT',
    flag: 'project',
    type: 'string',
    default: 'demo',
    description:
      'Project of requests that name none, and of the files of rules, indexes, policies and schemas.',
  },
  databasesFolder: {
    env: 'DATABASES_FOLDER',
    type: 'string',
    description: 'Folder with databases.json and the rules, indexes, policies and schemas of each database.',
  },
  rulesFile: {
    env: 'RULES_FILE',
    flag: 'rules',
    type: 'string',
    description: 'File with Firestore rules of the project; watched.',
  },
  storageRulesFile: {
    env: 'STORAGE_RULES_FILE',
    flag: 'storage-rules',
    type: 'string',
    description: 'File with rules of the project’s files (service firebase.storage); watched.',
  },
  policiesFile: {
    env: 'POLICIES_FILE',
    flag: 'policies',
    type: 'string',
    description: 'File with policies of the default database’s collections (docs/policies.md); watched.',
  },
  schemasFile: {
    env: 'SCHEMAS_FILE',
    flag: 'schemas',
    type: 'string',
    description: 'File with JSON Schemas of the default database’s collections; watched.',
  },
  indexesFile: {
    env: 'INDEXES_FILE',
    flag: 'indexes',
    type: 'string',
    description: 'File with indexes to build, as in firestore.indexes.json; watched.',
  },
  readTimeInterval: {
    env: 'READ_TIME_INTERVAL',
    type: 'duration',
    default: 10_000,
    description: 'An idle database gets a new read time this often.',
  },
});
