import type { V1Container, V1EnvVar } from '@kubernetes/client-node';
import { hashOf, resources } from '@telestack/controller';
import type { ManagedPostgresql } from '../api/postgresql.ts';
import type { TelestackProject } from '../api/project.ts';
import { downloadContainer } from './backup.ts';
import { credentialSecret } from './credentials.ts';
import { type Desired, desired } from './desired.ts';
import { fromSecret, value } from './environment.ts';
import type { Input } from './input.ts';
import { type ComponentName, nameFor } from './names.ts';
import { componentPolicy, PORTS } from './network.ts';
import { containerResources, emptyDir, podTemplate, probes, RESTRICTED } from './pod.ts';
import { DUMP_SCRIPT, PREPARE_SCRIPT } from './postgresql-scripts.ts';
import { disruptionBudget, service, serviceAccount } from './shared.ts';
import { DATA_VOLUME, statefulSet } from './stateful-set.ts';

/** The user that Debian's images run PostgreSQL as. */
const USER_ID = 999;
const DATA_FOLDER = '/var/lib/postgresql/data';
const DATABASE = 'telestack';

/** What does not start without it. SuperTokens uses only one of the project's own. */
export const NEEDS_DATABASE: readonly ComponentName[] = [
  'migrations',
  'docstore',
  'identity',
  'storage',
  'compact',
];
/** Each service with tables has a role and a schema of its own, and no right in the others'. */
type DatabaseRole = 'docstore' | 'identity' | 'storage';

/** PostgreSQL of the project's own: a primary, and standbys that follow it where more than one replica is asked for. */
export function postgresql(input: Input, image: string): Desired[] {
  const { project } = input;
  const managed = project.spec.postgresql.managed;
  if (managed === undefined) return [];
  const component = 'postgresql' as const;
  const scripts = desired(
    resources.configMap,
    { project, component, part: 'postgresql-scripts' },
    { data: { 'prepare.sh': PREPARE_SCRIPT, 'dump.sh': DUMP_SCRIPT } },
  );
  const checksum = hashOf([
    input.checksumOf('Secret', credentialSecret(project, 'postgresql')),
    PREPARE_SCRIPT,
  ]);
  const restore = project.spec.restoreFrom;
  const template = podTemplate({
    project,
    component,
    userId: USER_ID,
    checksum,
    graceSeconds: 120,
    nodeSelector: managed.nodeSelector,
    initContainers: [
      ...(restore === undefined ? [] : [downloadContainer(input, restore)]),
      prepareContainer(input, managed, image),
    ],
    containers: [serverContainer(managed, image, project.spec.images.pullPolicy)],
    volumes: [
      { name: 'scripts', configMap: { name: nameFor(project, 'postgresql-scripts'), defaultMode: 0o555 } },
      emptyDir('tmp'),
      emptyDir('run'),
      ...(restore === undefined ? [] : [emptyDir('restore')]),
    ],
  });
  return [
    serviceAccount(project, component),
    componentPolicy(project, component, input.nats),
    disruptionBudget(project, component),
    scripts,
    service(project, component, PORTS.postgresql, { headless: true }),
    service(project, component, PORTS.postgresql, {
      part: 'postgresql-primary',
      selector: { 'statefulset.kubernetes.io/pod-name': `${nameFor(project, component)}-0` },
    }),
    ...statefulSet(input, component, managed.replicas, managed.storage, template),
  ];
}

function prepareContainer({ project }: Input, managed: ManagedPostgresql, image: string): V1Container {
  const secret = credentialSecret(project, 'postgresql');
  const hasSupertokens = project.spec.supertokens.enabled && project.spec.supertokens.managed !== undefined;
  return {
    name: 'prepare',
    image,
    imagePullPolicy: project.spec.images.pullPolicy,
    command: ['/bin/sh', '/scripts/prepare.sh'],
    env: [
      value('PGDATA', `${DATA_FOLDER}/pgdata`),
      value('PRIMARY_HOST', primaryHost(project)),
      fromSecret('SUPERUSER_PASSWORD', secret, 'superuser'),
      fromSecret('REPLICATION_PASSWORD', secret, 'replication'),
      fromSecret('DOCSTORE_PASSWORD', secret, 'docstore'),
      fromSecret('IDENTITY_PASSWORD', secret, 'identity'),
      fromSecret('STORAGE_PASSWORD', secret, 'storage'),
      ...(hasSupertokens ? [fromSecret('SUPERTOKENS_PASSWORD', secret, 'supertokens')] : []),
    ],
    resources: containerResources(managed.resources),
    securityContext: RESTRICTED,
    volumeMounts: [
      ...serverMounts(),
      ...(project.spec.restoreFrom === undefined
        ? []
        : [{ name: 'restore', mountPath: '/restore', readOnly: true }]),
    ],
  };
}

function serverContainer(managed: ManagedPostgresql, image: string, imagePullPolicy: string): V1Container {
  const settings: Record<string, string | number> = {
    listen_addresses: '*',
    unix_socket_directories: '/var/run/postgresql',
    wal_level: 'logical',
    max_connections: managed.maxConnections,
    max_wal_senders: 20,
    max_replication_slots: 20,
    // A consumer that stays away must not fill the volume.
    max_slot_wal_keep_size: '4GB',
    password_encryption: 'scram-sha-256',
  };
  const ready = ['/bin/sh', '-c', 'pg_isready -h 127.0.0.1 -p 5432 -q'];
  return {
    name: 'postgresql',
    image,
    imagePullPolicy,
    command: ['postgres'],
    args: Object.entries(settings).flatMap(([name, setting]) => ['-c', `${name}=${setting}`]),
    env: [value('PGDATA', `${DATA_FOLDER}/pgdata`)],
    ports: [{ name: 'main', containerPort: PORTS.postgresql, protocol: 'TCP' }],
    ...probes({ exec: { command: ready } }),
    resources: containerResources(managed.resources),
    securityContext: RESTRICTED,
    volumeMounts: serverMounts(),
  };
}

function serverMounts() {
  return [
    { name: DATA_VOLUME, mountPath: DATA_FOLDER },
    { name: 'scripts', mountPath: '/scripts', readOnly: true },
    { name: 'tmp', mountPath: '/tmp' },
    { name: 'run', mountPath: '/var/run/postgresql' },
  ];
}

export function primaryHost(project: TelestackProject): string {
  return nameFor(project, 'postgresql-primary');
}

/** DATABASE_URL of a service, whichever PostgreSQL it is. An external one has one role for all. */
export function databaseUrl(
  project: TelestackProject,
  role: DatabaseRole,
  name = 'DATABASE_URL',
): V1EnvVar[] {
  const { external } = project.spec.postgresql;
  if (external !== undefined)
    return [fromSecret(name, external.urlSecretRef.name, external.urlSecretRef.key)];
  const password = `${role.toUpperCase()}_PASSWORD`;
  return [
    fromSecret(password, credentialSecret(project, 'postgresql'), role),
    // The kubelet puts the password in.
    value(name, `postgresql://${role}:$(${password})@${primaryHost(project)}:5432/${DATABASE}`),
  ];
}

/** Those of all services, for a process that is all of them. */
export function databaseUrls(project: TelestackProject): V1EnvVar[] {
  return [
    ...databaseUrl(project, 'docstore'),
    ...databaseUrl(project, 'identity', 'IDENTITY_DATABASE_URL'),
    ...databaseUrl(project, 'storage', 'STORAGE_DATABASE_URL'),
  ];
}
