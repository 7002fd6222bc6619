import { defineOptions, type OptionsOf } from '@telestack/config';
import { S3_OPTIONS } from '@telestack/storage';

/** What `npm start` understands. */
export const PLATFORM_OPTIONS = defineOptions({
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
    flag: 'database-url',
    env: 'DATABASE_URL',
    type: 'string',
    secret: true,
    description: 'PostgreSQL to use (wal_level = logical, C collation) instead of starting one.',
  },
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
  project: {
    flag: 'project',
    env: 'TELESTACK_PROJECT',
    type: 'string',
    default: 'demo',
    description: 'Project of sign-in requests that name none, such as those with a made-up API key.',
  },
  rules: {
    flag: 'rules',
    env: 'TELESTACK_RULES',
    type: 'string',
    description: 'File of Firestore rules for the project: deployed now and whenever it changes (dev).',
  },
  webApiKey: {
    env: 'WEB_API_KEY',
    type: 'string',
    description: 'Public key (`apiKey`) that apps of the project are configured with; dev takes any.',
  },
  publicUrl: {
    flag: 'public-url',
    env: 'PUBLIC_URL',
    type: 'string',
    description: 'Where clients reach the gateway, for links in mails.',
  },
  mailHookUrl: {
    env: 'MAIL_HOOK_URL',
    type: 'string',
    description: 'Web hook that sends mails (password reset, sign-in links); dev lists them.',
  },
  mailHookSecret: {
    env: 'MAIL_HOOK_SECRET',
    type: 'string',
    secret: true,
    description: 'Bearer token for the mail hook.',
  },
  anonymousAccess: {
    env: 'ANONYMOUS_ACCESS',
    type: 'bool',
    default: false,
    description: 'Let calls without a credential through to rules and policies in production.',
  },
  allowedOrigins: {
    env: 'ALLOWED_ORIGINS',
    type: 'string',
    default: '*',
    description:
      'Origins whose pages may call, separated by commas; https://*.example.com for any host below.',
  },
  minioPort: {
    flag: 'minio-port',
    env: 'TELESTACK_MINIO_PORT',
    type: 'int',
    min: 1,
    max: 65535,
    description: 'Port of the MinIO that is started; else the last run’s, else a free one.',
  },
  ...S3_OPTIONS,
});

export type PlatformOptions = OptionsOf<typeof PLATFORM_OPTIONS>;
