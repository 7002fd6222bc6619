import { defineOptions } from '@telestack/config';

const text = (env: string, description: string, secret = false) =>
  ({ env, type: 'string', default: '', description, secret }) as const;

/** What backup and restore pods understand. */
export const BACKUP_OPTIONS = defineOptions({
  endpoint: text('S3_ENDPOINT', 'URL of the S3 service.'),
  region: text('S3_REGION', 'Region of the bucket.'),
  bucket: text('S3_BUCKET', 'Name of the bucket.'),
  prefix: text('S3_PREFIX', 'Beginning of the keys.'),
  accessKeyId: text('S3_ACCESS_KEY_ID', 'Who we are to it.', true),
  secretAccessKey: text('S3_SECRET_ACCESS_KEY', 'The proof.', true),
  keep: { env: 'BACKUP_KEEP', type: 'int', default: 14, min: 1, description: 'Backups to keep.' },
  backup: text('BACKUP_NAME', 'Which backup to fetch.'),
  unless: text('SKIP_IF_EXISTS', 'A file that tells that there is data already.'),
});
