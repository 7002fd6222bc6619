import { exactlyOne } from '../schema/rules.ts';
import { type Infer, integer, object, optional, text, withDefault } from '../schema/schema.ts';
import { nodeSelector, replicas, resourceNeeds, secretKeyRef, secretRef, volume } from './common.ts';

export const bucket = (description: string) =>
  object(description, {
    endpoint: optional(
      text('URL of the S3 service; that of the project’s own storage if not given.', {
        pattern: '^https?://',
      }),
    ),
    name: text('Name of the bucket.', { pattern: '^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$', maxLength: 63 }),
    region: withDefault(text('Region of the bucket.', { maxLength: 64 }), 'us-east-1'),
    prefix: withDefault(
      text('Beginning of the keys in it; namespace/project/ if empty.', { maxLength: 256 }),
      '',
    ),
    credentials: optional(
      secretRef(
        'A Secret with accessKeyId and secretAccessKey; needed unless the bucket is in the project’s own storage.',
      ),
    ),
  });
export type Bucket = Infer<ReturnType<typeof bucket>>;

const backup = object('Backups to a bucket.', {
  schedule: text('When, as a cron line in UTC.', { pattern: '^\\S+(\\s+\\S+){4}$', maxLength: 64 }),
  keep: withDefault(integer('Number of backups to keep.', { minimum: 1, maximum: 1_000 }), 14),
  bucket: bucket('Where they go.'),
});

const managed = object('A PostgreSQL of the project’s own.', {
  storage: volume('10Gi'),
  resources: resourceNeeds({ cpu: '250m', memory: '512Mi' }, { memory: '1Gi' }),
  replicas: replicas(1, 5),
  maxConnections: withDefault(integer('Connections that it takes.', { minimum: 20, maximum: 5_000 }), 200),
  backup: optional(backup),
  nodeSelector,
});
export type ManagedPostgresql = Infer<typeof managed>;

export const postgresql = withDefault(
  object(
    'Where the data is.',
    {
      managed: optional(managed),
      external: optional(
        object('A PostgreSQL that is there: wal_level = logical, C collation, a role that may replicate.', {
          urlSecretRef: secretKeyRef('Its URL: postgresql://user:password@host:port/database.', 'url'),
        }),
      ),
    },
    [exactlyOne('managed', 'external')],
  ),
  { managed: {} },
);

export const restoreFrom = object(
  'Fill a new PostgreSQL from a backup. It has no effect on one that holds data.',
  {
    bucket: bucket('Where the backups are.'),
    backup: withDefault(text('Name of the backup, or latest.', { minLength: 1, maxLength: 253 }), 'latest'),
  },
);
export type RestoreFrom = Infer<typeof restoreFrom>;
