import { type Log, MINIO_NATS_ARN, type MinioNotifications, startMinio } from '@telestack/launch';
import type { S3Settings } from '@telestack/storage';

export interface ObjectStoreServer {
  /** Undefined where no files are served. */
  settings: S3Settings | undefined;
  /** Undefined for an external one, and while it is not there yet. */
  pid(): number | undefined;
  stop(): Promise<void>;
}

/** The object store that is configured, or a MinIO of our own on the folder, which tells NATS of changes. */
export async function openS3(options: {
  isWanted: boolean;
  external: S3Settings | undefined;
  folder: string;
  port: number | undefined;
  host: string;
  notifications: MinioNotifications;
  log: Log;
}): Promise<ObjectStoreServer> {
  const { isWanted, external, folder, port, host, notifications, log } = options;
  if (!isWanted) return { settings: undefined, pid: () => undefined, stop: async () => {} };
  if (external !== undefined) return { settings: external, pid: () => undefined, stop: async () => {} };
  const server = await startMinio({ folder, port, host, notifications, log });
  return {
    settings: {
      endpoint: server.endpoint,
      region: server.region,
      accessKey: server.accessKey,
      secretKey: server.secretKey,
      pathStyle: true,
      bucketPrefix: '',
      notificationArn: MINIO_NATS_ARN,
    },
    pid: () => server.pid,
    stop: () => server.stop(),
  };
}

/** As the storage service's options name them. */
export function s3Environment(s3: S3Settings | undefined): Record<string, string> {
  if (s3 === undefined) return { S3_ENDPOINT: '' };
  return {
    S3_ENDPOINT: s3.endpoint,
    S3_PUBLIC_ENDPOINT: s3.publicEndpoint ?? '',
    S3_REGION: s3.region,
    S3_ACCESS_KEY: s3.accessKey,
    S3_SECRET_KEY: s3.secretKey,
    S3_ADDRESS_STYLE: s3.pathStyle ? 'path' : 'host',
    S3_BUCKET_PREFIX: s3.bucketPrefix,
    S3_NOTIFICATION_ARN: s3.notificationArn,
  };
}
