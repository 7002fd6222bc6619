// `upload FOLDER` and `download FOLDER`: what backup and restore pods run. Everything else comes from the environment.
import { defineOptions, parseOptions } from '@telestack/config';
import { invalidArgument } from '@telestack/errors';
import { jsonLog } from '@telestack/runtime';
import { download, isFilled, upload } from './backups.ts';
import { Bucket } from './bucket.ts';

const text = (env: string, description: string, secret = false) =>
  ({ env, type: 'string', default: '', description, secret }) as const;

const OPTIONS = defineOptions({
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

const log = jsonLog('backup');
try {
  const [task, folder] = process.argv.slice(2);
  const options = parseOptions(OPTIONS, process.env);
  const bucket = new Bucket({ ...options, name: options.bucket });
  if (folder === undefined) throw invalidArgument('Usage: main.ts upload|download FOLDER');
  if (task === 'upload') {
    log(`Uploaded ${await upload(bucket, options.prefix, folder, options.keep, new Date())}.`);
  } else if (task === 'download') {
    if (isFilled(options.unless)) log('There is data already: nothing is restored.');
    else log(`Fetched ${await download(bucket, options.prefix, folder, options.backup || 'latest')}.`);
  } else throw invalidArgument(`Unknown task: ${task}`);
} catch (error) {
  log('Failed.', error);
  process.exitCode = 1;
}
