import type { KubeObject } from '@telestack/controller';

/** How the pods of a component are. */
export interface WorkloadState {
  readonly image: string;
  readonly wanted: number;
  readonly ready: number;
  /** All pods run what the object says, and are ready. */
  readonly isSettled: boolean;
  /** Why it will not get ready by itself. */
  readonly failure: string | undefined;
}

interface Workload extends KubeObject {
  spec: {
    replicas?: number;
    template: { spec: { containers: { image: string }[] } };
  };
  status?: {
    observedGeneration?: number;
    replicas?: number;
    updatedReplicas?: number;
    readyReplicas?: number;
    currentRevision?: string;
    updateRevision?: string;
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
  };
}

/** Of a Deployment or a StatefulSet. */
export function workloadState(object: KubeObject): WorkloadState {
  const { spec, status = {}, metadata } = object as Workload;
  const wanted = spec.replicas ?? 1;
  const ready = status.readyReplicas ?? 0;
  const isObserved = (status.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  // A StatefulSet names revisions; it leaves updatedReplicas out once all pods are of the newest.
  const isUpdated =
    status.updateRevision === undefined
      ? (status.updatedReplicas ?? 0) >= wanted
      : status.currentRevision === status.updateRevision;
  const hasOld = (status.replicas ?? 0) > wanted;
  const progress = status.conditions?.find(({ type }) => type === 'Progressing');
  return {
    image: spec.template.spec.containers[0]?.image ?? '',
    wanted,
    ready,
    isSettled: isObserved && isUpdated && !hasOld && ready >= wanted,
    failure:
      isObserved && progress?.status === 'False'
        ? `${progress.reason}: ${progress.message ?? 'it makes no progress'}`
        : undefined,
  };
}

interface Pod extends KubeObject {
  status?: {
    phase?: string;
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
    initContainerStatuses?: ContainerStatus[];
    containerStatuses?: ContainerStatus[];
  };
}

interface ContainerStatus {
  name: string;
  state?: {
    waiting?: { reason?: string; message?: string };
    terminated?: { reason?: string; exitCode?: number; message?: string };
  };
  lastState?: { terminated?: { reason?: string; exitCode?: number } };
}

/** Containers wait for these reasons in the course of things. */
const USUAL = ['ContainerCreating', 'PodInitializing'];

/** What keeps one of the pods from being ready; undefined when nothing speaks of it. */
export function podProblem(pods: readonly KubeObject[]): string | undefined {
  for (const { metadata, status } of pods as readonly Pod[]) {
    const scheduled = status?.conditions?.find(({ type }) => type === 'PodScheduled');
    if (scheduled?.status === 'False')
      return `pod ${metadata.name} cannot be scheduled: ${scheduled.message ?? scheduled.reason}`;
    for (const { name, state, lastState } of [
      ...(status?.initContainerStatuses ?? []),
      ...(status?.containerStatuses ?? []),
    ]) {
      const { reason, message } = state?.waiting ?? {};
      if (reason !== undefined && !USUAL.includes(reason)) {
        const last = lastState?.terminated;
        const detail = message ?? (last === undefined ? undefined : `it ended with code ${last.exitCode}`);
        return `container ${name} of pod ${metadata.name}: ${reason}${detail === undefined ? '' : `, ${detail}`}`;
      }
    }
  }
  return undefined;
}
