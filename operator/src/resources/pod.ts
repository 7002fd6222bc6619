import type {
  V1Container,
  V1PodTemplateSpec,
  V1Probe,
  V1SecurityContext,
  V1Volume,
} from '@kubernetes/client-node';
import type { ResourceNeeds } from '../api/common.ts';
import type { TelestackProject } from '../api/project.ts';
import type { ComponentName } from './names.ts';
import { annotations, labelsFor, nameFor, selectorFor } from './names.ts';

/** No root, no way to become it, no writing outside of volumes. */
export const RESTRICTED: V1SecurityContext = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};

/** Probes of a server that answers one check: it starts in its own time, is taken out when it fails, and is started again when it stays so. */
export function probes(check: Pick<V1Probe, 'tcpSocket' | 'httpGet' | 'exec' | 'grpc'>) {
  return {
    startupProbe: { ...check, periodSeconds: 2, timeoutSeconds: 5, failureThreshold: 90 },
    readinessProbe: { ...check, periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 2 },
    livenessProbe: { ...check, periodSeconds: 15, timeoutSeconds: 10, failureThreshold: 4 },
  };
}

export const emptyDir = (name: string, sizeLimit?: string): V1Volume => ({
  name,
  emptyDir: sizeLimit === undefined ? {} : { sizeLimit },
});

export interface PodOptions {
  readonly project: TelestackProject;
  readonly component: ComponentName | 'backup';
  readonly containers: readonly V1Container[];
  readonly initContainers?: readonly V1Container[];
  readonly volumes?: readonly V1Volume[];
  readonly nodeSelector?: Readonly<Record<string, string>>;
  /** The user and group of its processes and volumes. */
  readonly userId: number;
  /** Hash of what its processes read when they start: another one starts them again. */
  readonly checksum: string;
  readonly graceSeconds?: number;
}

/** A pod of a project: restricted, without access to the API, spread over nodes. */
export function podTemplate(options: PodOptions): V1PodTemplateSpec {
  const { project, component, containers, initContainers, volumes, userId, checksum } = options;
  const { pullSecrets } = project.spec.images;
  return {
    metadata: { labels: labelsFor(project, component), annotations: { [annotations.checksum]: checksum } },
    spec: {
      serviceAccountName: nameFor(project, component),
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: options.graceSeconds ?? 30,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: userId,
        runAsGroup: userId,
        fsGroup: userId,
        fsGroupChangePolicy: 'OnRootMismatch',
        seccompProfile: { type: 'RuntimeDefault' },
      },
      ...(pullSecrets.length === 0 ? {} : { imagePullSecrets: pullSecrets.map(({ name }) => ({ name })) }),
      ...(options.nodeSelector === undefined ? {} : { nodeSelector: { ...options.nodeSelector } }),
      ...(initContainers === undefined ? {} : { initContainers: initContainers.map(withLastWords) }),
      containers: containers.map(withLastWords),
      ...(volumes === undefined ? {} : { volumes: [...volumes] }),
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: 'kubernetes.io/hostname',
          whenUnsatisfiable: 'ScheduleAnyway',
          labelSelector: { matchLabels: selectorFor(project, component) },
        },
      ],
    },
  };
}

/** What it wrote last says in the pod's status why it ended. */
function withLastWords(container: V1Container): V1Container {
  return { ...container, terminationMessagePolicy: 'FallbackToLogsOnError' };
}

/** Requests and limits as a container has them. */
export function containerResources({ requests, limits }: ResourceNeeds) {
  return { requests: { ...requests }, limits: { ...limits } };
}
