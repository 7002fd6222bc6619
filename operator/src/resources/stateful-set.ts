import type { V1PodTemplateSpec } from '@kubernetes/client-node';
import { resources } from '@telestack/controller';
import type { Volume } from '../api/common.ts';
import { type Desired, desired } from './desired.ts';
import type { Input } from './input.ts';
import { type ComponentName, nameFor, selectorFor } from './names.ts';

export const DATA_VOLUME = 'data';

/**
 * A StatefulSet and the claims of its pods. The claims are objects of the operator's, not only of the template, because the template cannot
 * change: so volumes grow. They have no owner, so they outlive the project.
 */
export function statefulSet(
  { project, templateSizeOf }: Input,
  component: ComponentName,
  replicas: number,
  volume: Volume,
  template: V1PodTemplateSpec,
): Desired[] {
  const claim = (size: string) => ({
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: size } },
    ...(volume.storageClassName === undefined ? {} : { storageClassName: volume.storageClassName }),
  });
  const claims = Array.from({ length: replicas }, (_, i) =>
    desired(
      resources.persistentVolumeClaim,
      // The name that the StatefulSet controller looks for.
      { project, component, name: `${DATA_VOLUME}-${nameFor(project, component)}-${i}`, isKept: true },
      { spec: claim(volume.size) },
    ),
  );
  const volumeClaimTemplates = [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: DATA_VOLUME },
      spec: claim(templateSizeOf(component) ?? volume.size),
    },
  ];
  const set = desired(
    resources.statefulSet,
    { project, component },
    {
      spec: {
        replicas: project.spec.suspend ? 0 : replicas,
        revisionHistoryLimit: 3,
        // In order, a pod that never gets ready would keep the one that mends it from being made.
        podManagementPolicy: 'Parallel',
        updateStrategy: { type: 'RollingUpdate' },
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
        serviceName: nameFor(project, component),
        selector: { matchLabels: selectorFor(project, component) },
        template,
        volumeClaimTemplates,
      },
    },
  );
  return [...claims, set];
}
