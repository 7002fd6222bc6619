import type { TelestackProject } from '../api/project.ts';

export const COMPONENTS = [
  'postgresql',
  'minio',
  'centrifugo',
  'supertokens',
  'migrations',
  'docstore',
  'identity',
  'realtime-bridge',
  'storage',
  'gateway',
  'compact',
] as const;
export type ComponentName = (typeof COMPONENTS)[number];
/** Those that others call. */
export type ServerName = Exclude<ComponentName, 'migrations'>;

export const MANAGED_BY = 'telestack-operator';
/** On every object of a project; the operator's caches hold only objects that have it. */
export const MANAGED_SELECTOR = `app.kubernetes.io/managed-by=${MANAGED_BY}`;

export const annotations = {
  /** Hash of what was applied last. */
  applied: 'telestack.dev/applied',
  /** Hash of the configuration and secrets that a pod has read. */
  checksum: 'telestack.dev/checksum',
  /** On a project: another value makes new credentials. On a Secret: the value that its credentials were made for. */
  rotate: 'telestack.dev/rotate-credentials',
} as const;

export const DATA_FINALIZER = 'telestack.dev/data';

/** Name of what belongs to one part of a project. */
export function nameFor(project: TelestackProject, part: string): string {
  return `${project.metadata.name}-${part}`;
}

/** Says which part of its project an object belongs to. */
export const COMPONENT_LABEL = 'app.kubernetes.io/component';

/** What tells the pods of a project's part, or of the whole project, from all others. */
export function selectorFor(project: TelestackProject, component?: string): Record<string, string> {
  return {
    'app.kubernetes.io/part-of': 'telestack',
    'app.kubernetes.io/instance': project.metadata.name,
    ...(component === undefined ? {} : { [COMPONENT_LABEL]: component }),
  };
}

export function labelsFor(project: TelestackProject, component?: string): Record<string, string> {
  return {
    ...selectorFor(project, component),
    'app.kubernetes.io/name': component ?? 'telestack',
    'app.kubernetes.io/managed-by': MANAGED_BY,
  };
}
