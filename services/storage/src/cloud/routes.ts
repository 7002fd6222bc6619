import type { AuditLog } from '@telestack/audit';
import { unimplemented } from '@telestack/errors';
import type { HttpCall, HttpMethod, Reply, Route } from '@telestack/http';
import type { CallContext } from '@telestack/rpc';
import { createBucket, deleteBucket, getBucket, listBuckets } from './buckets.ts';
import { cloudContext } from './caller.ts';
import {
  type CloudObjectsOptions,
  copyCloudObject,
  deleteCloudObject,
  getCloudObject,
  listCloudObjects,
  patchCloudObject,
} from './objects.ts';
import type { CloudUploads } from './uploads.ts';

export interface CloudOptions extends CloudObjectsOptions {
  readonly uploads: CloudUploads;
  readonly audit: AuditLog;
  /** Whoever sends no credential is an administrator, as with the emulators. */
  readonly trustsAll: boolean;
}

type Handle = (call: HttpCall, context: CallContext) => Promise<Reply | undefined>;

/** With STORAGE_EMULATOR_HOST the Node client leaves "/storage/v1" out. */
const BASES = ['/storage/v1', ''];
const COPY = '/b/{bucket}/o/{object=**}/{toBucket}/o/{toObject=**}';

/** The Cloud Storage JSON API as far as `@google-cloud/storage`, and with it the Firebase Admin SDK, needs it. */
export function cloudRoutes(options: CloudOptions): Route[] {
  const { buckets, uploads } = options;
  const route = (method: HttpMethod, path: string, handle: Handle): Route => ({
    method,
    path,
    access: 'caller',
    handle: (call) => handle(call, cloudContext(call, options.trustsAll)),
  });
  const media = '/download/storage/v1/b/{bucket}/o/{object=**}';
  const upload = '/upload/storage/v1/b/{bucket}/o';
  return [
    ...BASES.flatMap((base) => [
      route('GET', `${base}/b`, (call, context) => listBuckets(buckets, call, context)),
      route('POST', `${base}/b`, (call, context) => createBucket(options, call, context)),
      route('GET', `${base}/b/{bucket}`, (call, context) => getBucket(buckets, call, context)),
      route('DELETE', `${base}/b/{bucket}`, (call, context) => deleteBucket(options, call, context)),
      route('POST', base + COPY.replace('/{toBucket}', '/rewriteTo/b/{toBucket}'), (call, context) =>
        copyCloudObject(options, call, context, true),
      ),
      route('POST', base + COPY.replace('/{toBucket}', '/copyTo/b/{toBucket}'), (call, context) =>
        copyCloudObject(options, call, context, false),
      ),
      route('POST', `${base}/b/{bucket}/o/{object=**}/acl`, noAcl),
      route('GET', `${base}/b/{bucket}/o`, (call, context) => listCloudObjects(options, call, context)),
      ...(['GET', 'HEAD'] as const).map((method) =>
        route(method, `${base}/b/{bucket}/o/{object=**}`, (call, context) =>
          getCloudObject(options, call, context),
        ),
      ),
      route('PATCH', `${base}/b/{bucket}/o/{object=**}`, (call, context) =>
        patchCloudObject(options, call, context, false),
      ),
      route('PUT', `${base}/b/{bucket}/o/{object=**}`, (call, context) =>
        patchCloudObject(options, call, context, true),
      ),
      route('DELETE', `${base}/b/{bucket}/o/{object=**}`, (call, context) =>
        deleteCloudObject(options, call, context),
      ),
    ]),
    route('GET', media, (call, context) => getCloudObject(options, call, context)),
    route('HEAD', media, (call, context) => getCloudObject(options, call, context)),
    route('POST', upload, (call, context) => uploads.begin(call, context)),
    route('PUT', upload, (call, context) => uploads.goOn(call, context)),
    route('DELETE', upload, (call) => uploads.cancel(call)),
  ];
}

const noAcl: Handle = async () => {
  throw unimplemented(
    'Access to objects is decided by rules and download tokens; there are no access control lists.',
  );
};
