import { defineOptions } from '@telestack/config';

/** How to reach an object store; the platform takes the same. */
export const S3_OPTIONS = defineOptions({
  s3Endpoint: {
    env: 'S3_ENDPOINT',
    type: 'string',
    description: 'S3 service: https://host:port.',
  },
  s3PublicEndpoint: {
    env: 'S3_PUBLIC_ENDPOINT',
    type: 'string',
    description: 'The same as clients reach it, for presigned URLs.',
  },
  s3Region: {
    env: 'S3_REGION',
    type: 'string',
    default: 'us-east-1',
    description: 'Region that requests are signed for ("auto" for R2).',
  },
  s3AccessKey: { env: 'S3_ACCESS_KEY', type: 'string', secret: true, description: 'Access key id.' },
  s3SecretKey: { env: 'S3_SECRET_KEY', type: 'string', secret: true, description: 'Secret access key.' },
  s3AddressStyle: {
    env: 'S3_ADDRESS_STYLE',
    type: 'string',
    choices: ['path', 'host'],
    default: 'path',
    description: 'Where requests name the bucket: MinIO, R2 and B2 take the path, AWS wants the host.',
  },
  s3BucketPrefix: {
    env: 'S3_BUCKET_PREFIX',
    type: 'string',
    default: '',
    description: 'Put before bucket names, which all customers of a public service share.',
  },
  s3NotificationArn: {
    env: 'S3_NOTIFICATION_ARN',
    type: 'string',
    default: '',
    description:
      'Target of bucket notifications that reach NATS; without one, direct writes wait for reconciliation.',
  },
});

/** What a storage process understands. */
export const STORAGE_OPTIONS = defineOptions({
  host: { env: 'HOST', type: 'string', default: '127.0.0.1', description: 'Address to listen on.' },
  port: {
    env: 'PORT',
    type: 'int',
    default: 9003,
    min: 0,
    max: 65535,
    description: 'Port for the gateway; 0 for a free one.',
  },
  profile: {
    env: 'TELESTACK_PROFILE',
    type: 'string',
    choices: ['dev', 'production'],
    default: 'production',
    description: "dev: the emulator's conventions; production: deny by default.",
  },
  databaseUrl: {
    env: 'DATABASE_URL',
    type: 'string',
    default: '',
    secret: true,
    description: 'PostgreSQL.',
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
  streamName: {
    env: 'STREAM_NAME',
    type: 'string',
    default: 'telestack',
    description: 'Name that the streams begin with.',
  },
  docstoreAddress: {
    env: 'DOCSTORE_ADDRESS',
    type: 'string',
    default: '127.0.0.1:9001',
    description: 'gRPC target of the docstore: it keeps the rules, and the documents that they look at.',
  },
  maxConnections: {
    env: 'MAX_CONNECTIONS',
    type: 'int',
    default: 20,
    min: 3,
    description: 'Most connections to PostgreSQL.',
  },
  ...S3_OPTIONS,
  maxObjectSize: {
    env: 'STORAGE_MAX_OBJECT_SIZE',
    type: 'bytes',
    default: 5 * 1024 ** 4,
    min: 1,
    description: 'Larger objects are refused.',
  },
  bufferSize: {
    env: 'STORAGE_BUFFER_SIZE',
    type: 'bytes',
    default: 24 * 1024 ** 2,
    min: 5 * 1024 ** 2,
    description: 'What all uploads together may hold back in memory; others wait.',
  },
  reconcileInterval: {
    env: 'STORAGE_RECONCILE_INTERVAL',
    type: 'duration',
    default: 600_000,
    min: 1_000,
    description: 'Time between comparisons of all files with the object store.',
  },
  uploadExpiry: {
    env: 'STORAGE_UPLOAD_EXPIRY',
    type: 'duration',
    default: 7 * 24 * 3_600_000,
    min: 60_000,
    description: 'A resumable upload that nothing happens to for this long is cleared away.',
  },
  defaultProject: {
    env: 'STORAGE_DEFAULT_PROJECT',
    type: 'string',
    default: 'demo',
    description: 'Project of buckets whose name does not say it.',
  },
});
