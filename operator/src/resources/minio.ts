import type { V1EnvVar } from '@kubernetes/client-node';
import { hashOf } from '@telestack/controller';
import type { TelestackProject } from '../api/project.ts';
import { credentialSecret } from './credentials.ts';
import type { Desired } from './desired.ts';
import { fromSecret, value } from './environment.ts';
import type { Input } from './input.ts';
import { nameFor } from './names.ts';
import { componentPolicy, PORTS } from './network.ts';
import { containerResources, emptyDir, podTemplate, RESTRICTED } from './pod.ts';
import { disruptionBudget, service, serviceAccount } from './shared.ts';
import { DATA_VOLUME, statefulSet } from './stateful-set.ts';

const USER_ID = 1000;

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
    checksum: hashOf(input.checksumOf('Secret', secret)),
    nodeSelector: managed.nodeSelector,
    volumes: [emptyDir('tmp')],
    containers: [
      {
        name: 'minio',
        image,
        imagePullPolicy: project.spec.images.pullPolicy,
        args: ['server', '/data', '--address', `:${PORTS.minio}`],
        env: [
          fromSecret('MINIO_ROOT_USER', secret, 'accessKeyId'),
          fromSecret('MINIO_ROOT_PASSWORD', secret, 'secretAccessKey'),
          value('MINIO_BROWSER', 'off'),
          value('MINIO_UPDATE', 'off'),
          // Its own is a day; the storage service clears away what nobody goes on with.
          value('MINIO_API_STALE_UPLOADS_EXPIRY', '8760h'),
        ],
        ports: [{ name: 'main', containerPort: PORTS.minio, protocol: 'TCP' }],
        startupProbe: { ...health('live'), periodSeconds: 2, timeoutSeconds: 5, failureThreshold: 90 },
        readinessProbe: { ...health('ready'), periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 2 },
        livenessProbe: { ...health('live'), periodSeconds: 15, timeoutSeconds: 10, failureThreshold: 4 },
        resources: containerResources(managed.resources),
        securityContext: RESTRICTED,
        volumeMounts: [
          { name: DATA_VOLUME, mountPath: '/data' },
          { name: 'tmp', mountPath: '/tmp' },
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

/** Where files are kept, for the services. */
export function bucketEnvironment(project: TelestackProject): V1EnvVar[] {
  const { enabled, external } = project.spec.storage;
  if (!enabled) return [];
  const secret = external?.credentials.name ?? credentialSecret(project, 'minio');
  return [
    value('S3_ENDPOINT', external?.endpoint ?? `http://${nameFor(project, 'minio')}:${PORTS.minio}`),
    value('S3_REGION', external?.region ?? 'us-east-1'),
    fromSecret('S3_ACCESS_KEY', secret, 'accessKeyId'),
    fromSecret('S3_SECRET_KEY', secret, 'secretAccessKey'),
    ...(external === undefined
      ? []
      : [
          value('S3_ADDRESS_STYLE', external.addressStyle.toLowerCase()),
          value('S3_BUCKET_PREFIX', external.bucketPrefix),
          ...(external.publicEndpoint === undefined
            ? []
            : [value('S3_PUBLIC_ENDPOINT', external.publicEndpoint)]),
        ]),
  ];
}
