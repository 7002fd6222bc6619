import type { V1EnvVar } from '@kubernetes/client-node';
import { hashOf } from '@telestack/controller';
import type { Workload } from '../api/components.ts';
import type { TelestackProject } from '../api/project.ts';
import { gatewayUrl } from './centrifugo.ts';
import { credentialSecret } from './credentials.ts';
import { deployment } from './deployment.ts';
import type { Desired } from './desired.ts';
import { fromSecret, value } from './environment.ts';
import type { Input } from './input.ts';
import { bucketEnvironment } from './minio.ts';
import { nameFor, type ServerName } from './names.ts';
import { componentPolicy, PORTS } from './network.ts';
import { containerResources, emptyDir, podTemplate, probes, RESTRICTED } from './pod.ts';
import { databaseUrl, databaseUrls } from './postgresql.ts';
import { autoscaler, disruptionBudget, service, serviceAccount } from './shared.ts';
import { streamEnvironment } from './streams.ts';
import { supertokensEnvironment } from './supertokens.ts';

const USER_ID = 1000;
export const DATABASES_FOLDER = '/etc/telestack/databases';

type ServiceName = Extract<
  ServerName,
  'docstore' | 'identity' | 'realtime-bridge' | 'storage' | 'gateway' | 'compact'
>;

interface ServiceSpec {
  readonly command: readonly string[];
  readonly settings: Workload;
  readonly env: readonly V1EnvVar[];
  /** It reads the databases' rules, indexes and schemas. */
  readonly readsDatabases?: boolean;
}

export const docstore = (input: Input, image: string): Desired[] =>
  isDistributed(input.project)
    ? telestackService(input, 'docstore', image, {
        command: serviceCommand('docstore'),
        settings: input.project.spec.services.docstore,
        readsDatabases: true,
        env: [
          ...databaseUrl(input.project, 'docstore'),
          ...streamEnvironment(input),
          value('RETENTION', input.project.spec.firestore.retention),
          value('DATABASES_FOLDER', DATABASES_FOLDER),
        ],
      })
    : [];

export const identity = (input: Input, image: string): Desired[] =>
  isDistributed(input.project)
    ? telestackService(input, 'identity', image, {
        command: serviceCommand('identity'),
        settings: input.project.spec.services.identity,
        env: [...databaseUrl(input.project, 'identity'), ...identityEnvironment(input.project)],
      })
    : [];

export const realtimeBridge = (input: Input, image: string): Desired[] =>
  isDistributed(input.project)
    ? telestackService(input, 'realtime-bridge', image, {
        command: serviceCommand('realtime-bridge'),
        settings: input.project.spec.services.realtimeBridge,
        env: [
          ...streamEnvironment(input),
          ...centrifugoApi(input.project),
          value('RETENTION', input.project.spec.firestore.retention),
          value('DOCSTORE_ADDRESS', addressOf(input.project, 'docstore')),
          value('IDENTITY_ADDRESS', `${nameFor(input.project, 'identity')}:${PORTS.identity}`),
        ],
      })
    : [];

export const storage = (input: Input, image: string): Desired[] =>
  isDistributed(input.project) && input.project.spec.storage.enabled
    ? telestackService(input, 'storage', image, {
        command: serviceCommand('storage'),
        settings: input.project.spec.services.storage,
        env: [
          ...databaseUrl(input.project, 'storage'),
          ...streamEnvironment(input),
          ...bucketEnvironment(input),
          value('DOCSTORE_ADDRESS', addressOf(input.project, 'docstore')),
          value('STORAGE_DEFAULT_PROJECT', input.project.metadata.name),
          // Buffers that live for milliseconds are freed as soon: docs/storage.md, "Memory and speed".
          value('NODE_OPTIONS', '--max-semi-space-size=1'),
          value('MALLOC_ARENA_MAX', '1'),
        ],
      })
    : [];

export const gateway = (input: Input, image: string): Desired[] =>
  isDistributed(input.project)
    ? telestackService(input, 'gateway', image, {
        command: serviceCommand('gateway'),
        settings: input.project.spec.services.gateway,
        env: [
          ...entryEnvironment(input.project),
          value('DOCSTORE_ADDRESS', addressOf(input.project, 'docstore')),
          value('REALTIME_ADDRESS', addressOf(input.project, 'realtime-bridge')),
          value('IDENTITY_ADDRESS', `${nameFor(input.project, 'identity')}:${PORTS.identity}`),
          ...(input.project.spec.storage.enabled
            ? [value('STORAGE_ADDRESS', `${nameFor(input.project, 'storage')}:${PORTS.storage}`)]
            : []),
        ],
      })
    : [];

/** All services in one process. */
export const compact = (input: Input, image: string): Desired[] =>
  isDistributed(input.project)
    ? []
    : telestackService(input, 'compact', image, {
        command: ['node', 'scripts/start.ts', '--topology', 'compact', '--data-dir', '/tmp/telestack'],
        settings: input.project.spec.services.compact,
        readsDatabases: true,
        env: [
          ...databaseUrls(input.project),
          ...streamEnvironment(input),
          ...bucketEnvironment(input),
          value('STORAGE_DEFAULT_PROJECT', input.project.metadata.name),
          ...centrifugoApi(input.project),
          ...entryEnvironment(input.project),
          ...identityEnvironment(input.project),
          // Without, it would start an object store of its own.
          ...(input.project.spec.storage.enabled ? [] : [value('TELESTACK_STORAGE', 'false')]),
          value('RETENTION', input.project.spec.firestore.retention),
          value('DATABASES_FOLDER', DATABASES_FOLDER),
        ],
      });

function telestackService(input: Input, component: ServiceName, image: string, spec: ServiceSpec): Desired[] {
  const { project } = input;
  const { settings, env, readsDatabases = false } = spec;
  const port = PORTS[component];
  const isEntry = component === 'gateway' || component === 'compact';
  const configName = nameFor(project, 'databases');
  const all = [...commonEnvironment(project, port), ...env];
  const template = podTemplate({
    project,
    component,
    userId: USER_ID,
    checksum: hashOf([
      secretsOf(all).map((name) => input.checksumOf('Secret', name)),
      readsDatabases ? input.databaseFiles : {},
    ]),
    nodeSelector: settings.nodeSelector,
    volumes: [
      emptyDir('tmp'),
      ...(readsDatabases ? [{ name: 'databases', configMap: { name: configName } }] : []),
    ],
    containers: [
      {
        name: component,
        image,
        imagePullPolicy: project.spec.images.pullPolicy,
        command: [...spec.command],
        env: all,
        ports: [{ name: 'main', containerPort: port, protocol: 'TCP' }],
        ...probes(isEntry ? { httpGet: { path: '/', port } } : { tcpSocket: { port } }),
        resources: containerResources(settings.resources),
        securityContext: RESTRICTED,
        volumeMounts: [
          { name: 'tmp', mountPath: '/tmp' },
          ...(readsDatabases ? [{ name: 'databases', mountPath: DATABASES_FOLDER, readOnly: true }] : []),
        ],
      },
    ],
  });
  return [
    serviceAccount(project, component),
    componentPolicy(project, component, input.nats),
    disruptionBudget(project, component),
    // Clients find the entry under one name, whatever the topology.
    service(project, component, port, isEntry ? { part: 'gateway', appProtocol: 'kubernetes.io/h2c' } : {}),
    deployment(
      project,
      component,
      settings.autoscaling === undefined ? settings.replicas : undefined,
      template,
    ),
    ...autoscaler(project, component, settings),
  ];
}

function serviceCommand(name: ServiceName): string[] {
  return ['node', `services/${name}/src/main.ts`];
}

function isDistributed({ spec }: TelestackProject): boolean {
  return spec.topology === 'Distributed';
}

function addressOf(project: TelestackProject, component: ServerName): string {
  return `dns:///${nameFor(project, component)}:${PORTS[component]}`;
}

function commonEnvironment({ metadata, spec }: TelestackProject, port: number): V1EnvVar[] {
  const { otlpEndpoint } = spec.observability;
  return [
    value('HOST', '0.0.0.0'),
    value('PORT', port),
    value('TELESTACK_PROFILE', 'production'),
    value('TELESTACK_PROJECT', metadata.name),
    ...(otlpEndpoint === undefined ? [] : [value('OTEL_EXPORTER_OTLP_ENDPOINT', otlpEndpoint)]),
  ];
}

function centrifugoApi(project: TelestackProject): V1EnvVar[] {
  if (!project.spec.centrifugo.enabled) return [];
  return [
    value('CENTRIFUGO_API_URL', `http://${nameFor(project, 'centrifugo')}:${PORTS.centrifugo}/api`),
    fromSecret('CENTRIFUGO_API_KEY', credentialSecret(project, 'centrifugo'), 'apiKey'),
  ];
}

/** What the entry needs beside the addresses of the other services. */
function entryEnvironment(project: TelestackProject): V1EnvVar[] {
  const { centrifugo, auth, exposure } = project.spec;
  return [
    value('ANONYMOUS_ACCESS', String(auth.anonymousAccess)),
    // An ingress or gateway of the cluster's stands before it.
    value('TRUSTED_PROXIES', exposure.ingress === undefined && exposure.gateway === undefined ? 0 : 1),
    ...(centrifugo.enabled
      ? [fromSecret('CENTRIFUGO_TOKEN_KEY', credentialSecret(project, 'centrifugo'), 'tokenKey')]
      : []),
  ];
}

/** Who users are, and how they prove it. */
function identityEnvironment(project: TelestackProject): V1EnvVar[] {
  const { providers } = project.spec.auth;
  const secretOf = (name: string) => `OAUTH_${name.toUpperCase()}_SECRET`;
  return [
    value('PUBLIC_URL', externalUrl(project) ?? gatewayUrl(project)),
    fromSecret('WEB_API_KEY', credentialSecret(project, 'services'), 'webApiKey'),
    ...supertokensEnvironment(project),
    ...providers.map(({ name, clientSecretRef }) =>
      fromSecret(secretOf(name), clientSecretRef.name, clientSecretRef.key),
    ),
    ...(providers.length === 0
      ? []
      : [
          value(
            'OAUTH_PROVIDERS',
            JSON.stringify(
              providers.map(({ name, clientId, issuer }) => ({
                thirdPartyId: name,
                clientId,
                // The kubelet puts the secret in.
                clientSecret: `$(${secretOf(name)})`,
                oidcDiscoveryEndpoint: issuer,
              })),
            ),
          ),
        ]),
  ];
}

/** The project's address outside of the cluster, if it has one. */
export function externalUrl({ spec }: TelestackProject): string | undefined {
  const { ingress, gateway: route } = spec.exposure;
  if (ingress !== undefined)
    return `${ingress.tlsSecretName === undefined ? 'http' : 'https'}://${ingress.host}`;
  return route === undefined ? undefined : `https://${route.host}`;
}

function secretsOf(env: readonly V1EnvVar[]): string[] {
  return [...new Set(env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef?.name ?? []))].sort();
}
