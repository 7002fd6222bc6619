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

/** What MinIO is told wherever it is started. */
export const MINIO_DEFAULTS: Readonly<Record<string, string>> = {
  MINIO_SITE_REGION: MINIO_REGION,
  MINIO_BROWSER: 'off',
  MINIO_UPDATE: 'off',
  // Its own is a day. The storage service clears away what nobody goes on with, after STORAGE_UPLOAD_EXPIRY.
  MINIO_API_STALE_UPLOADS_EXPIRY: '8760h',
};

/** Where MinIO tells of changes in its buckets; what it could not tell waits in a folder of its own. */
export interface MinioNatsTarget {
  /** host:port */
  readonly address: string;
  readonly subject: string;
  readonly queueFolder: string;
  readonly username?: string;
  readonly password?: string;
  readonly token?: string;
  /** A creds file, for a NATS with accounts. */
  readonly credentialsFile?: string;
  readonly isTls?: boolean;
}

/** MinIO's configuration, which it takes from its environment. */
export function minioEnvironment(settings: MinioSettings): Record<string, string> {
  return {
    ...MINIO_DEFAULTS,
    MINIO_ROOT_USER: settings.user,
    MINIO_ROOT_PASSWORD: settings.password,
    // Its data folder may be on the system's own disk.
    MINIO_CI_CD: 'on',
    ...(settings.notifications
      ? minioNatsEnvironment(targetOf(settings.notifications, settings.queueFolder))
      : {}),
  };
}

function targetOf({ natsUrl, subject }: MinioNotifications, queueFolder: string): MinioNatsTarget {
  const { host: address, username: user, password, protocol } = new URL(natsUrl);
  const username = decodeURIComponent(user);
  return {
    address,
    subject,
    queueFolder,
    isTls: protocol === 'tls:',
    ...(password === '' ? { token: username } : { username, password: decodeURIComponent(password) }),
  };
}

/** The part of the configuration that makes a NATS the target MINIO_NATS_ARN of notifications. */
export function minioNatsEnvironment(target: MinioNatsTarget): Record<string, string> {
  const values: Record<string, string | undefined> = {
    ENABLE: 'on',
    ADDRESS: target.address,
    SUBJECT: target.subject,
    JETSTREAM: 'on',
    QUEUE_DIR: target.queueFolder,
    TOKEN: target.token,
    USERNAME: target.username,
    PASSWORD: target.password,
    USER_CREDENTIALS: target.credentialsFile,
    TLS: target.isTls ? 'on' : undefined,
  };
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      value ? [[`MINIO_NOTIFY_NATS_${name}_${TARGET}`, value]] : [],
    ),
  );
}
