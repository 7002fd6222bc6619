// `upload FOLDER` and `download FOLDER`: what backup and restore pods run. Everything else comes from the environment.
import { parseOptions } from '@telestack/config';
import { invalidArgument } from '@telestack/errors';
import { jsonLog } from '@telestack/runtime';
import { download, isFilled, upload } from './backups.ts';
import { Bucket } from './bucket.ts';
import { BACKUP_OPTIONS } from './options.ts';

const log = jsonLog('backup');
try {
  const [task, folder] = process.argv.slice(2);
  const options = parseOptions(BACKUP_OPTIONS, process.env);
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
