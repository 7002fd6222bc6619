import { invalidArgument } from '@telestack/errors';

/** How to reach the object store. */
export interface S3Settings {
  /** "https://s3.eu-central-1.amazonaws.com", "http://127.0.0.1:9000". */
  readonly endpoint: string;
  /** The same as clients reach it, for presigned URLs; default: `endpoint`. */
  readonly publicEndpoint?: string;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
  /** Buckets in the path (MinIO, R2, B2) instead of in the host's name (AWS). */
  readonly pathStyle: boolean;
  /** Put before the names of buckets, which all customers of a public store share. */
  readonly bucketPrefix: string;
  /** Target of bucket notifications; '' where the store cannot send them to NATS. */
  readonly notificationArn: string;
}

/** Options as S3_OPTIONS names them. */
export interface S3OptionValues {
  readonly s3Endpoint: string | undefined;
  readonly s3PublicEndpoint: string | undefined;
  readonly s3Region: string;
  readonly s3AccessKey: string | undefined;
  readonly s3SecretKey: string | undefined;
  readonly s3AddressStyle: 'path' | 'host';
  readonly s3BucketPrefix: string;
  readonly s3NotificationArn: string;
}

/** Undefined when no endpoint is set. @throws StatusError INVALID_ARGUMENT */
export function s3Settings(options: S3OptionValues): S3Settings | undefined {
  const { s3Endpoint, s3PublicEndpoint, s3AccessKey, s3SecretKey } = options;
  if (s3Endpoint === undefined) return undefined;
  for (const url of [s3Endpoint, s3PublicEndpoint]) {
    if (url !== undefined && !/^https?:\/\/[^/?#]+\/?$/.test(url)) {
      throw invalidArgument(`"${url}" is no S3 endpoint: it must be http(s)://host:port.`);
    }
  }
  if (!s3AccessKey || !s3SecretKey) throw invalidArgument('S3_ACCESS_KEY and S3_SECRET_KEY must be set.');
  return {
    endpoint: s3Endpoint,
    publicEndpoint: s3PublicEndpoint,
    region: options.s3Region,
    accessKey: s3AccessKey,
    secretKey: s3SecretKey,
    pathStyle: options.s3AddressStyle === 'path',
    bucketPrefix: options.s3BucketPrefix,
    notificationArn: options.s3NotificationArn,
  };
}
