import type { V1EnvVar, V1Volume } from '@kubernetes/client-node';
import { notificationSubject } from '@telestack/bus';
import { hashOf } from '@telestack/controller';
import { MINIO_DEFAULTS, MINIO_NATS_ARN, MINIO_REGION, minioNatsEnvironment } from '@telestack/launch';
import type { TelestackProject } from '../api/project.ts';
import { USERS } from '../nats/users.ts';
import { credentialSecret } from './credentials.ts';
import type { Desired } from './desired.ts';
import { fromSecret, value } from './environment.ts';
import type { Input } from './input.ts';
import { nameFor } from './names.ts';
import { componentPolicy, PORTS } from './network.ts';
import { containerResources, emptyDir, podTemplate, RESTRICTED } from './pod.ts';
import { disruptionBudget, service, serviceAccount } from './shared.ts';
import { DATA_VOLUME, statefulSet } from './stateful-set.ts';
import { natsSecret, streamName } from './streams.ts';

const USER_ID = 1000;
const DATA_FOLDER = '/data';
const CREDENTIALS_FOLDER = '/etc/nats';

/** An S3 server of the project's own. */
export function minio(input: Input, image: string): Desired[] {
  const { project } = input;
  const { managed, enabled } = project.spec.storage;
  if (!enabled || managed === undefined) return [];
  const component = 'minio' as const;
  const secret = credentialSecret(project, 'minio');
  const health = (path: string) => ({ httpGet: { path: `/minio/health/${path}`, port: PORTS.minio } });
  const template = podTemplate({
    project,
    component,
    userId: USER_ID,
    checksum: hashOf([
      input.checksumOf('Secret', secret),
      tellsOfFiles(input) ? input.checksumOf('Secret', natsSecret(project)) : '',
    ]),
    nodeSelector: managed.nodeSelector,
    volumes: [emptyDir('tmp'), ...(tellsOfFiles(input) ? [notifierVolume(project)] : [])],
    containers: [
      {
        name: 'minio',
        image,
        imagePullPolicy: project.spec.images.pullPolicy,
        args: ['server', DATA_FOLDER, '--address', `:${PORTS.minio}`],
        env: [
          fromSecret('MINIO_ROOT_USER', secret, 'accessKeyId'),
          fromSecret('MINIO_ROOT_PASSWORD', secret, 'secretAccessKey'),
          ...Object.entries({ ...MINIO_DEFAULTS, ...notificationTarget(input) }).map(([name, text]) =>
            value(name, text),
          ),
        ],
        ports: [{ name: 'main', containerPort: PORTS.minio, protocol: 'TCP' }],
        startupProbe: { ...health('live'), periodSeconds: 2, timeoutSeconds: 5, failureThreshold: 90 },
        readinessProbe: { ...health('ready'), periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 2 },
        livenessProbe: { ...health('live'), periodSeconds: 15, timeoutSeconds: 10, failureThreshold: 4 },
        resources: containerResources(managed.resources),
        securityContext: RESTRICTED,
        volumeMounts: [
          { name: DATA_VOLUME, mountPath: DATA_FOLDER },
          { name: 'tmp', mountPath: '/tmp' },
          ...(tellsOfFiles(input) ? [{ name: 'nats', mountPath: CREDENTIALS_FOLDER, readOnly: true }] : []),
        ],
      },
    ],
  });
  return [
    serviceAccount(project, component),
    componentPolicy(project, component, input.nats),
    disruptionBudget(project, component),
    service(project, component, PORTS.minio),
    ...statefulSet(input, component, 1, managed.storage, template),
  ];
}

/** It tells of changes in its buckets, if it may use the installation's NATS: what URL another has, only pods know. */
function tellsOfFiles({ project, nats }: Input): boolean {
  return project.spec.nats.urlSecretRef === undefined && nats.host !== '';
}

function notificationTarget(input: Input): Record<string, string> {
  if (!tellsOfFiles(input)) return {};
  const { project, nats } = input;
  return minioNatsEnvironment({
    address: `${nats.host}:${nats.port}`,
    subject: notificationSubject(streamName(project)),
    credentialsFile: `${CREDENTIALS_FOLDER}/${USERS.minio}`,
    // No name of a bucket begins with a dot.
    queueFolder: `${DATA_FOLDER}/.notifications`,
  });
}

/** Only its own user of the account. */
function notifierVolume(project: TelestackProject): V1Volume {
  const items = [{ key: USERS.minio, path: USERS.minio }];
  return { name: 'nats', secret: { secretName: natsSecret(project), items, defaultMode: 0o440 } };
}

/** Where files are kept, for the services. */
export function bucketEnvironment(input: Input): V1EnvVar[] {
  const { project } = input;
  const { enabled, external } = project.spec.storage;
  if (!enabled) return [];
  const secret = external?.credentials.name ?? credentialSecret(project, 'minio');
  return [
    value('S3_ENDPOINT', external?.endpoint ?? `http://${nameFor(project, 'minio')}:${PORTS.minio}`),
    value('S3_REGION', external?.region ?? MINIO_REGION),
    fromSecret('S3_ACCESS_KEY', secret, 'accessKeyId'),
    fromSecret('S3_SECRET_KEY', secret, 'secretAccessKey'),
    ...(external === undefined
      ? tellsOfFiles(input)
        ? [value('S3_NOTIFICATION_ARN', MINIO_NATS_ARN)]
        : []
      : [
          value('S3_ADDRESS_STYLE', external.addressStyle.toLowerCase()),
          value('S3_BUCKET_PREFIX', external.bucketPrefix),
          ...(external.publicEndpoint === undefined
            ? []
            : [value('S3_PUBLIC_ENDPOINT', external.publicEndpoint)]),
        ]),
  ];
}
