import { defineOptions, type OptionsOf, type OptionsSpec } from '@telestack/config';
import { S3_OPTIONS } from '@telestack/storage';
import { inheritedOptions } from './settings.ts';

/** Services may have roles of their own in one database. */
export const DATABASE_OPTIONS = defineOptions({
  databaseUrl: { env: 'DATABASE_URL', type: 'string', secret: true, description: 'PostgreSQL.' },
  identityDatabaseUrl: {
    env: 'IDENTITY_DATABASE_URL',
    type: 'string',
    secret: true,
    description: 'The same with the identity service’s own role; default: `DATABASE_URL`.',
  },
  storageDatabaseUrl: {
    env: 'STORAGE_DATABASE_URL',
    type: 'string',
    secret: true,
    description: 'The same with the storage service’s own role; default: `DATABASE_URL`.',
  },
});

/** The platform's own options. */
export const OWN_OPTIONS = defineOptions({
  port: {
    flag: 'port',
    env: 'PORT',
    type: 'int',
    default: 8080,
    min: 0,
    max: 65535,
    description: 'Port for all clients (gRPC, REST, WebChannel); 0 for a free one.',
  },
  host: {
    flag: 'host',
    env: 'HOST',
    type: 'string',
    default: '127.0.0.1',
    description: 'Address to listen on; 0.0.0.0 for all.',
  },
  dataDir: {
    flag: 'data-dir',
    env: 'TELESTACK_DATA_DIR',
    type: 'string',
    default: '.telestack',
    description: 'Folder for the data of PostgreSQL, NATS and MinIO.',
  },
  ephemeral: {
    flag: 'ephemeral',
    env: 'TELESTACK_EPHEMERAL',
    type: 'bool',
    default: false,
    description: 'Keep the data in a temporary folder that is removed at the end.',
  },
  readyFile: {
    flag: 'ready-file',
    env: 'TELESTACK_READY_FILE',
    type: 'string',
    description: 'Write the endpoints to this file, as JSON, once requests succeed.',
  },
  profile: {
    flag: 'profile',
    env: 'TELESTACK_PROFILE',
    type: 'string',
    choices: ['dev', 'production'],
    default: 'dev',
    description: 'dev: open rules and readable logs; production: deny by default.',
  },
  topology: {
    flag: 'topology',
    env: 'TELESTACK_TOPOLOGY',
    type: 'string',
    choices: ['compact', 'distributed'],
    default: 'compact',
    description: 'compact: all services in this process; distributed: a process each.',
  },
  databaseUrl: {
    ...DATABASE_OPTIONS.databaseUrl,
    flag: 'database-url',
    description: 'PostgreSQL to use (wal_level = logical, C collation) instead of starting one.',
  },
  identityDatabaseUrl: DATABASE_OPTIONS.identityDatabaseUrl,
  storageDatabaseUrl: DATABASE_OPTIONS.storageDatabaseUrl,
  natsUrl: {
    flag: 'nats-url',
    env: 'NATS_URL',
    type: 'string',
    secret: true,
    description: 'NATS with JetStream to use instead of starting one.',
  },
  natsCredentials: {
    env: 'NATS_CREDENTIALS',
    type: 'string',
    secret: true,
    description: 'Text of a creds file, for a NATS with accounts.',
  },
  postgresPort: {
    flag: 'postgres-port',
    env: 'TELESTACK_POSTGRES_PORT',
    type: 'int',
    min: 1,
    max: 65535,
    description: 'Port of the PostgreSQL that is started; else the last run’s, else a free one.',
  },
  natsPort: {
    flag: 'nats-port',
    env: 'TELESTACK_NATS_PORT',
    type: 'int',
    min: 1,
    max: 65535,
    description: 'Port of the nats-server that is started; else the last run’s, else a free one.',
  },
  minioPort: {
    flag: 'minio-port',
    env: 'TELESTACK_MINIO_PORT',
    type: 'int',
    min: 1,
    max: 65535,
    description: 'Port of the MinIO that is started; else the last run’s, else a free one.',
  },
  storage: {
    flag: 'storage',
    env: 'TELESTACK_STORAGE',
    type: 'bool',
    default: true,
    description: 'Serve files: from the configured S3 service, else from a MinIO that is started.',
  },
  ...S3_OPTIONS,
});

export type PlatformOptions = OptionsOf<typeof OWN_OPTIONS>;

/** What `npm start` understands: its own options, and all those of the services. */
export const PLATFORM_OPTIONS: OptionsSpec = defineOptions({
  ...OWN_OPTIONS,
  ...inheritedOptions(OWN_OPTIONS),
});
