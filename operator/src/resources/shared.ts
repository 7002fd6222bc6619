import { resources } from '@telestack/controller';
import type { Workload } from '../api/components.ts';
import type { TelestackProject } from '../api/project.ts';
import { type Desired, desired } from './desired.ts';
import { type ComponentName, nameFor, selectorFor } from './names.ts';

/** An identity without a token: pods do not talk to the API server. */
export function serviceAccount(project: TelestackProject, component: ComponentName | 'backup'): Desired {
  return desired(resources.serviceAccount, { project, component }, { automountServiceAccountToken: false });
}

/** Lets at most one pod be evicted at a time; a single pod may be evicted, since a drain must be able to end. */
export function disruptionBudget(project: TelestackProject, component: ComponentName): Desired {
  const spec = { maxUnavailable: 1, selector: { matchLabels: selectorFor(project, component) } };
  return desired(resources.podDisruptionBudget, { project, component }, { spec });
}

interface ServiceOptions {
  readonly headless?: boolean;
  readonly part?: string;
  readonly selector?: Readonly<Record<string, string>>;
  readonly appProtocol?: string;
}

export function service(
  project: TelestackProject,
  component: ComponentName,
  port: number,
  options: ServiceOptions = {},
): Desired {
  const { headless = false, part, selector, appProtocol } = options;
  return desired(
    resources.service,
    { project, component, part },
    {
      spec: {
        type: 'ClusterIP',
        ...(headless ? { clusterIP: 'None', publishNotReadyAddresses: true } : {}),
        selector: { ...selectorFor(project, component), ...selector },
        ports: [
          { name: 'main', port, targetPort: port, protocol: 'TCP', ...(appProtocol ? { appProtocol } : {}) },
        ],
      },
    },
  );
}

/** Scales a deployment with its load, where that is asked for. */
export function autoscaler(
  project: TelestackProject,
  component: ComponentName,
  { autoscaling }: Workload,
): Desired[] {
  if (autoscaling === undefined || project.spec.suspend) return [];
  const { minReplicas, maxReplicas, targetCPUUtilization } = autoscaling;
  const spec = {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: nameFor(project, component) },
    minReplicas,
    maxReplicas,
    metrics: [
      {
        type: 'Resource',
        resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: targetCPUUtilization } },
      },
    ],
  };
  return [desired(resources.horizontalPodAutoscaler, { project, component }, { spec })];
}
