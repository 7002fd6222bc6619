import { AuditLog } from '@telestack/audit';
import type { Bus } from '@telestack/bus';
import { Code, notFound, permissionDenied, type StatusError } from '@telestack/errors';
import { type HttpService, httpService, type Route } from '@telestack/http';
import { Database } from '@telestack/pg';
import { actorOf, isOfProject } from '@telestack/rpc';
import type { StorageAccess } from './access.ts';
import { auditRoute } from './audit-route.ts';
import { cloudError } from './cloud/errors.ts';
import { cloudRoutes } from './cloud/routes.ts';
import { CloudUploads } from './cloud/uploads.ts';
import { Outbox } from './events/outbox.ts';
import { firebaseRoutes } from './firebase/objects.ts';
import { FirebaseUploads } from './firebase/uploads.ts';
import { exposingHeaders } from './http/cors.ts';
import { answering, plainError } from './http/exchange.ts';
import { migrateStorage } from './migrate.ts';
import { Buckets } from './objects/buckets.ts';
import { Objects } from './objects/objects.ts';
import { findObject } from './objects/rows.ts';
import { presignRoutes } from './presign/routes.ts';
import { Signer } from './presign/signer.ts';
import { adopt } from './reconcile/adopt.ts';
import { Notifications } from './reconcile/notifications.ts';
import { Reconciler } from './reconcile/reconciler.ts';
import { ObjectStore } from './s3/object-store.ts';
import type { S3Settings } from './s3/settings.ts';
import { notificationStream, objectEventStream } from './streams.ts';
import { MemoryBudget } from './upload/memory-budget.ts';
import { ResumableUploads } from './upload/resumable-uploads.ts';
import type { UploadSession } from './upload/session-rows.ts';
import { Uploads } from './upload/uploads.ts';

export interface StorageOptions {
  readonly databaseUrl: string;
  readonly bus: Bus;
  readonly s3: S3Settings;
  readonly access: StorageAccess;
  /** Names the streams of this platform. */
  readonly streamName: string;
  /** The emulators' conventions: buckets exist once used, and the Cloud API needs no credentials. */
  readonly isEmulating: boolean;
  /** The project of buckets whose name does not say it. */
  readonly defaultProject: string;
  readonly maxConnections: number;
  readonly maxObjectBytes: number;
  /** What all uploads may hold back at once. */
  readonly bufferBytes: number;
  readonly reconcileIntervalMs: number;
  readonly uploadExpiryMs: number;
  readonly log: (message: string, error?: unknown) => void;
}

export interface RunningStorage {
  readonly http: HttpService;
  /** Compares all files with the object store now. */
  readonly reconciler: Reconciler;
  close(): Promise<void>;
}

/** What the gateway passes to this service. */
export const STORAGE_PREFIXES: readonly (string | RegExp)[] = [
  '/v0/b/',
  '/v1/storage',
  '/storage/v1/',
  '/upload/storage/v1/',
  '/download/storage/v1/',
  /^\/b(\/|$)/,
];

const BUFFER_WAIT_MS = 60_000;

/** Starts the service. The object store need not be there yet: until it is, files are UNAVAILABLE. */
export async function startStorage(options: StorageOptions): Promise<RunningStorage> {
  const { bus, s3, log } = options;
  const db = new Database({
    connectionString: options.databaseUrl,
    applicationName: 'telestack-storage',
    max: options.maxConnections,
  });
  const store = new ObjectStore(s3, log);
  const closers: (() => Promise<void> | void)[] = [() => store.close(), () => db.close()];
  let closing: Promise<void> | undefined;
  const closeAll = async () => {
    for (const closer of closers.toReversed()) await closer();
  };
  const close = () => {
    closing ??= closeAll();
    return closing;
  };
  try {
    await migrateStorage(db);
    const outbox = new Outbox(db, bus.changeStream(objectEventStream(options.streamName)), log);
    closers.push(() => outbox.close());
    const parts = assemble(options, db, store, outbox);
    const { buckets, reconciler } = parts;
    closers.push(() => reconciler.close());
    reconciler.start();
    if (s3.notificationArn !== '') {
      const stream = bus.changeStream(notificationStream(options.streamName));
      const onGap = () =>
        void reconciler.run().catch((error: unknown) => log('Files could not be reconciled.', error));
      const notifications = new Notifications({ db, store, outbox, buckets, stream, onGap, log });
      closers.push(() => notifications.close());
      await notifications.start();
    }
    outbox.kick();
    return { http: parts.http, reconciler, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function assemble(options: StorageOptions, db: Database, store: ObjectStore, outbox: Outbox) {
  const { s3, log, maxObjectBytes } = options;
  const buckets = new Buckets(db, store, {
    prefix: s3.bucketPrefix,
    isImplicit: options.isEmulating,
    project: options.defaultProject,
  });
  const objects = new Objects({ db, store, buckets, access: options.access, outbox });
  const budget = new MemoryBudget(options.bufferBytes, BUFFER_WAIT_MS);
  const uploads = new Uploads({ objects, store, budget, maxObjectBytes, log });
  const stagingBucket = `${s3.bucketPrefix}telestack-uploads`;
  const resumable = new ResumableUploads({
    db,
    store,
    objects,
    buckets,
    uploads,
    budget,
    stagingBucket,
    log,
  });
  const reconciler = new Reconciler({
    db,
    store,
    outbox,
    buckets,
    resumable,
    stagingBucket,
    intervalMs: options.reconcileIntervalMs,
    uploadExpiryMs: options.uploadExpiryMs,
    log,
  });
  const audit = new AuditLog(db, 'storage', log);
  const objectOf = async ({ request }: UploadSession) => {
    const object = await findObject(db, request.bucket, request.path);
    if (!object) throw notFound('Not Found');
    return object;
  };
  const reconcile: Route = {
    method: 'POST',
    path: '/v1/storage:reconcile',
    access: 'admin',
    handle: async ({ context }) => {
      // It looks at the buckets of all projects.
      if (!isOfProject(context.principal, options.defaultProject))
        throw permissionDenied('Permission denied.');
      const body = await reconciler.run();
      const actor = actorOf(context.principal);
      await audit.record({ project: options.defaultProject, actor, action: 'files.reconcile', target: '*' });
      return { body };
    },
  };
  const firebase = firebaseRoutes({
    objects,
    store,
    buckets,
    uploads: new FirebaseUploads({ uploads, resumable, objectOf }),
  });
  const cloud = cloudRoutes({
    objects,
    store,
    buckets,
    uploads: new CloudUploads({ uploads, resumable, objectOf }),
    audit,
    trustsAll: options.isEmulating,
  });
  const presign = presignRoutes({
    objects,
    buckets,
    signer: new Signer(s3),
    maxObjectBytes,
    adopt: async (call, name, path) => {
      const bucket = await buckets.get(name);
      const { object } = await adopt({ db, store, outbox }, bucket, path, call.context.traceparent);
      return object;
    },
  });
  const http = exposingHeaders(
    httpService({
      prefixes: STORAGE_PREFIXES,
      routes: [
        ...answering(
          [...firebase, ...presign, reconcile, auditRoute(audit, options.defaultProject)],
          plainError,
        ),
        ...answering(cloud, cloudError),
      ],
      onError: (error: StatusError, path: string) => {
        if (error.code === Code.INTERNAL) log(`${path} failed.`, error.cause ?? error);
      },
    }),
  );
  return { buckets, reconciler, http };
}
