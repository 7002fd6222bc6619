import type { V1NetworkPolicyEgressRule, V1NetworkPolicyIngressRule } from '@kubernetes/client-node';
import { resources } from '@telestack/controller';
import type { ProjectSpec, TelestackProject } from '../api/project.ts';
import { type Desired, desired } from './desired.ts';
import type { NatsPlace } from './input.ts';
import { type ComponentName, type ServerName, selectorFor } from './names.ts';

type Pod = ComponentName | 'backup';

export const PORTS = {
  postgresql: 5432,
  minio: 9000,
  centrifugo: 8000,
  supertokens: 3567,
  docstore: 9001,
  'realtime-bridge': 9002,
  identity: 9003,
  storage: 9004,
  gateway: 8080,
  compact: 8080,
} as const satisfies Record<ServerName, number>;

/** Who calls whom. All that is not here is closed. */
const PATHS: readonly (readonly [from: Pod, to: ServerName])[] = [
  ['docstore', 'postgresql'],
  ['realtime-bridge', 'docstore'],
  ['realtime-bridge', 'centrifugo'],
  ['migrations', 'postgresql'],
  ['storage', 'postgresql'],
  ['storage', 'docstore'],
  ['storage', 'minio'],
  ['supertokens', 'postgresql'],
  ['gateway', 'docstore'],
  ['gateway', 'realtime-bridge'],
  ['gateway', 'storage'],
  ['gateway', 'identity'],
  ['realtime-bridge', 'identity'],
  ['identity', 'postgresql'],
  ['identity', 'supertokens'],
  ['gateway', 'minio'],
  ['centrifugo', 'gateway'],
  ['centrifugo', 'compact'],
  ['compact', 'postgresql'],
  ['compact', 'minio'],
  ['compact', 'supertokens'],
  ['compact', 'centrifugo'],
  ['postgresql', 'postgresql'],
  ['backup', 'postgresql'],
  ['backup', 'minio'],
];
/** Whom clients may call. */
const PUBLIC: readonly Pod[] = ['gateway', 'compact', 'centrifugo'];
/** What does not start without NATS. */
export const NEEDS_NATS = ['docstore', 'realtime-bridge', 'storage', 'compact'] as const;
/** MinIO tells of files when it is there, and only where the account is the project's own. */
const CALLS_NATS: readonly Pod[] = [...NEEDS_NATS, 'minio'];

/** Closes all pods of the project to all; opens name resolution. */
export function defaultPolicies(project: TelestackProject): Desired[] {
  const podSelector = { matchLabels: selectorFor(project) };
  return [
    desired(
      resources.networkPolicy,
      { project, part: 'default-deny' },
      { spec: { podSelector, policyTypes: ['Ingress', 'Egress'] } },
    ),
    desired(
      resources.networkPolicy,
      { project, part: 'dns' },
      {
        spec: {
          podSelector,
          policyTypes: ['Egress'],
          egress: [
            {
              ports: [
                { port: 53, protocol: 'UDP' },
                { port: 53, protocol: 'TCP' },
              ],
            },
          ],
        },
      },
    ),
  ];
}

/** Opens the paths from and to the pods of one component. */
export function componentPolicy(project: TelestackProject, component: Pod, nats: NatsPlace): Desired {
  const peer = (of: Pod) => [{ podSelector: { matchLabels: selectorFor(project, of) } }];
  const ingress: V1NetworkPolicyIngressRule[] = PATHS.filter(([, to]) => to === component).map(
    ([from, to]) => ({
      from: peer(from),
      ports: [{ port: PORTS[to], protocol: 'TCP' }],
    }),
  );
  if (PUBLIC.includes(component))
    ingress.push({ ports: [{ port: PORTS[component as ServerName], protocol: 'TCP' }] });
  const egress: V1NetworkPolicyEgressRule[] = PATHS.filter(([from]) => from === component).map(([, to]) => ({
    to: peer(to),
    ports: [{ port: PORTS[to], protocol: 'TCP' }],
  }));
  if (CALLS_NATS.includes(component) && project.spec.nats.urlSecretRef === undefined) {
    egress.push({
      to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': nats.namespace } } }],
      ports: [{ port: nats.port, protocol: 'TCP' }],
    });
  }
  // Where an external service is, only its operators know.
  if (callsOutside(project.spec, component))
    egress.push({ ports: [{ protocol: 'TCP', port: 1, endPort: 65_535 }] });
  const podSelector = { matchLabels: selectorFor(project, component) };
  const spec = { podSelector, policyTypes: ['Ingress', 'Egress'], ingress, egress };
  return desired(resources.networkPolicy, { project, component }, { spec });
}

function callsOutside(spec: ProjectSpec, component: Pod): boolean {
  const hasExternalDatabase = spec.postgresql.external !== undefined;
  const hasExternalStorage = spec.storage.enabled && spec.storage.external !== undefined;
  const hasExternalNats = spec.nats.urlSecretRef !== undefined;
  const sendsTelemetry = spec.observability.otlpEndpoint !== undefined;
  const hasExternalIdentity = spec.supertokens.external !== undefined || spec.auth.providers.length > 0;
  switch (component) {
    case 'docstore':
      return hasExternalDatabase || hasExternalNats || sendsTelemetry;
    case 'migrations':
      return hasExternalDatabase;
    case 'realtime-bridge':
      return hasExternalNats || sendsTelemetry;
    case 'storage':
      return hasExternalDatabase || hasExternalNats || hasExternalStorage || sendsTelemetry;
    case 'gateway':
      return sendsTelemetry;
    case 'identity':
      return hasExternalDatabase || hasExternalIdentity || sendsTelemetry;
    case 'compact':
      return (
        hasExternalDatabase || hasExternalNats || hasExternalStorage || hasExternalIdentity || sendsTelemetry
      );
    case 'centrifugo':
      return spec.centrifugo.engine === 'Redis';
    case 'backup':
    case 'postgresql':
      return (
        spec.postgresql.managed?.backup?.bucket.endpoint !== undefined ||
        spec.restoreFrom?.bucket.endpoint !== undefined
      );
    default:
      return false;
  }
}
