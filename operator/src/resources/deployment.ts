import type { V1PodTemplateSpec } from '@kubernetes/client-node';
import { resources } from '@telestack/controller';
import type { TelestackProject } from '../api/project.ts';
import { type Desired, desired } from './desired.ts';
import { type ComponentName, selectorFor } from './names.ts';

/** `replicas` undefined: an autoscaler owns the number, which is no field of ours then. */
export function deployment(
  project: TelestackProject,
  component: ComponentName,
  replicas: number | undefined,
  template: V1PodTemplateSpec,
): Desired {
  const count = project.spec.suspend ? 0 : replicas;
  return desired(
    resources.deployment,
    { project, component },
    {
      spec: {
        ...(count === undefined ? {} : { replicas: count }),
        revisionHistoryLimit: 3,
        progressDeadlineSeconds: 300,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        selector: { matchLabels: selectorFor(project, component) },
        template,
      },
    },
  );
}
