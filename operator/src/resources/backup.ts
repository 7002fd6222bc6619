import type { V1Container, V1EnvVar } from '@kubernetes/client-node';
import { resources } from '@telestack/controller';
import type { Bucket, RestoreFrom } from '../api/postgresql.ts';
import type { TelestackProject } from '../api/project.ts';
import { credentialSecret } from './credentials.ts';
import { type Desired, desired } from './desired.ts';
import { fromSecret, value } from './environment.ts';
import type { Input } from './input.ts';
import { nameFor } from './names.ts';
import { componentPolicy, PORTS } from './network.ts';
import { emptyDir, podTemplate, RESTRICTED } from './pod.ts';
import { serviceAccount } from './shared.ts';

const USER_ID = 999;
const SMALL = { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '512Mi' } };

/** Dumps the databases on a schedule and puts the dumps into a bucket. */
export function backup(input: Input): Desired[] {
  const { project, images } = input;
  const settings = project.spec.postgresql.managed?.backup;
  if (settings === undefined) return [];
  const secret = credentialSecret(project, 'postgresql');
  const { pullPolicy } = project.spec.images;
  const hasSupertokens = project.spec.supertokens.enabled && project.spec.supertokens.managed !== undefined;
  const dump: V1Container = {
    name: 'dump',
    image: images.postgresql,
    imagePullPolicy: pullPolicy,
    command: ['/bin/sh', '/scripts/dump.sh'],
    env: [
      value('PRIMARY_HOST', nameFor(project, 'postgresql-primary')),
      fromSecret('SUPERUSER_PASSWORD', secret, 'superuser'),
      ...(hasSupertokens ? [fromSecret('SUPERTOKENS_PASSWORD', secret, 'supertokens')] : []),
    ],
    resources: SMALL,
    securityContext: RESTRICTED,
    volumeMounts: [
      { name: 'backup', mountPath: '/backup' },
      { name: 'scripts', mountPath: '/scripts', readOnly: true },
      { name: 'tmp', mountPath: '/tmp' },
    ],
  };
  const upload: V1Container = {
    name: 'upload',
    image: images.services,
    imagePullPolicy: pullPolicy,
    command: ['node', 'operator/src/backup/main.ts', 'upload', '/backup'],
    env: [...bucketEnvironment(project, settings.bucket), value('BACKUP_KEEP', settings.keep)],
    resources: SMALL,
    securityContext: RESTRICTED,
    volumeMounts: [
      { name: 'backup', mountPath: '/backup', readOnly: true },
      { name: 'tmp', mountPath: '/tmp' },
    ],
  };
  const template = podTemplate({
    project,
    component: 'backup',
    userId: USER_ID,
    checksum: '',
    initContainers: [dump],
    containers: [upload],
    volumes: [
      { name: 'scripts', configMap: { name: nameFor(project, 'postgresql-scripts'), defaultMode: 0o555 } },
      emptyDir('backup'),
      emptyDir('tmp'),
    ],
  });
  const cronJob = desired(
    resources.cronJob,
    { project, component: 'backup' },
    {
      spec: {
        schedule: settings.schedule,
        timeZone: 'Etc/UTC',
        concurrencyPolicy: 'Forbid',
        startingDeadlineSeconds: 3_600,
        successfulJobsHistoryLimit: 1,
        failedJobsHistoryLimit: 3,
        suspend: project.spec.suspend,
        jobTemplate: {
          spec: {
            backoffLimit: 2,
            activeDeadlineSeconds: 6 * 3_600,
            template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } },
          },
        },
      },
    },
  );
  return [serviceAccount(project, 'backup'), componentPolicy(project, 'backup', input.nats), cronJob];
}

/** Fetches a backup into /restore before PostgreSQL is prepared; does nothing where there is data already. */
export function downloadContainer({ project, images }: Input, restore: RestoreFrom): V1Container {
  return {
    name: 'restore',
    image: images.services,
    imagePullPolicy: project.spec.images.pullPolicy,
    command: ['node', 'operator/src/backup/main.ts', 'download', '/restore'],
    env: [
      ...bucketEnvironment(project, restore.bucket),
      value('BACKUP_NAME', restore.backup),
      value('SKIP_IF_EXISTS', '/var/lib/postgresql/data/pgdata/PG_VERSION'),
    ],
    resources: SMALL,
    securityContext: RESTRICTED,
    volumeMounts: [
      { name: 'restore', mountPath: '/restore' },
      { name: 'data', mountPath: '/var/lib/postgresql/data', readOnly: true },
      { name: 'tmp', mountPath: '/tmp' },
    ],
  };
}

function bucketEnvironment(project: TelestackProject, bucket: Bucket): V1EnvVar[] {
  const secret = bucket.credentials?.name ?? credentialSecret(project, 'minio');
  return [
    value('S3_ENDPOINT', bucket.endpoint ?? `http://${nameFor(project, 'minio')}:${PORTS.minio}`),
    value('S3_REGION', bucket.region),
    value('S3_BUCKET', bucket.name),
    // Projects may share a bucket.
    value('S3_PREFIX', bucket.prefix || `${project.metadata.namespace}/${project.metadata.name}/`),
    fromSecret('S3_ACCESS_KEY_ID', secret, 'accessKeyId'),
    fromSecret('S3_SECRET_ACCESS_KEY', secret, 'secretAccessKey'),
  ];
}
