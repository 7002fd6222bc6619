export interface MinioSettings {
  readonly user: string;
  readonly password: string;
  /** nats://user:password@host:port and the subject that bucket notifications go to; undefined for none. */
  readonly notifications: MinioNotifications | undefined;
  /** Keeps notifications while NATS does not answer. */
  readonly queueFolder: string;
}

export interface MinioNotifications {
  readonly natsUrl: string;
  readonly subject: string;
}

/** The region that requests are signed for. */
export const MINIO_REGION = 'us-east-1';
const TARGET = 'TELESTACK';
/** What a bucket's notification configuration names as its target. */
export const MINIO_NATS_ARN = `arn:minio:sqs:${MINIO_REGION}:${TARGET}:nats`;

/** Its own is a day. The storage service clears away what nobody goes on with, after STORAGE_UPLOAD_EXPIRY. */
export const MINIO_API_STALE_UPLOADS_EXPIRY = '8760h';

/** MinIO's configuration, which it takes from its environment. */
export function minioEnvironment(settings: MinioSettings): Record<string, string> {
  return {
    MINIO_ROOT_USER: settings.user,
    MINIO_ROOT_PASSWORD: settings.password,
    MINIO_SITE_REGION: MINIO_REGION,
    MINIO_BROWSER: 'off',
    MINIO_UPDATE: 'off',
    MINIO_API_STALE_UPLOADS_EXPIRY,
    // Its data folder may be on the system's own disk.
    MINIO_CI_CD: 'on',
    ...(settings.notifications ? natsTarget(settings.notifications, settings.queueFolder) : {}),
  };
}

function natsTarget({ natsUrl, subject }: MinioNotifications, queueFolder: string): Record<string, string> {
  const { host, username, password, protocol } = new URL(natsUrl);
  const values: Record<string, string> = {
    ENABLE: 'on',
    ADDRESS: host,
    SUBJECT: subject,
    JETSTREAM: 'on',
    QUEUE_DIR: queueFolder,
    ...(password === '' && username !== '' ? { TOKEN: decodeURIComponent(username) } : {}),
    ...(password !== ''
      ? { USERNAME: decodeURIComponent(username), PASSWORD: decodeURIComponent(password) }
      : {}),
    ...(protocol === 'tls:' ? { TLS: 'on' } : {}),
  };
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`MINIO_NOTIFY_NATS_${name}_${TARGET}`, value]),
  );
}
