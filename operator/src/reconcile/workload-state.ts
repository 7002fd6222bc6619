import { type KubeObject, resources } from '@telestack/controller';
import { annotations } from '../resources/names.ts';

/** How the pods of a component are. */
export interface WorkloadState {
  readonly image: string;
  /** Hash of the object as it was applied last. */
  readonly applied: string | undefined;
  readonly wanted: number;
  readonly ready: number;
  /** All pods run what the object says, and are ready. */
  readonly isSettled: boolean;
  /** How far it is: "1 of 2 pods are ready". */
  readonly progress: string;
  /** When a Job began; undefined for servers, whose deployments know how long they may take. */
  readonly startTime: string | undefined;
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
    startTime?: string;
    succeeded?: number;
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
  };
}

/** Of a Deployment, a StatefulSet or a Job. */
export function workloadState(object: KubeObject): WorkloadState {
  return object.kind === resources.job.kind ? jobState(object as Workload) : serverState(object as Workload);
}

function jobState({ spec, status = {}, metadata }: Workload): WorkloadState {
  const has = (type: string) => status.conditions?.find((it) => it.type === type && it.status === 'True');
  const failed = has('Failed');
  const isSettled = has('Complete') !== undefined;
  return {
    image: imageOf(spec),
    applied: metadata.annotations?.[annotations.applied],
    startTime: status.startTime,
    wanted: 1,
    ready: status.succeeded ?? 0,
    isSettled,
    progress: isSettled ? 'done' : 'not done yet',
    failure: failed && `${failed.reason}: ${failed.message ?? 'it has failed'}`,
  };
}

function imageOf({ template }: Workload['spec']): string {
  return template.spec.containers[0]?.image ?? '';
}

function serverState({ spec, status = {}, metadata }: Workload): WorkloadState {
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
    image: imageOf(spec),
    applied: metadata.annotations?.[annotations.applied],
    startTime: undefined,
    wanted,
    ready,
    isSettled: isObserved && isUpdated && !hasOld && ready >= wanted,
    progress: `${ready} of ${wanted} pods are ready`,
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
  lastState?: { terminated?: { reason?: string; exitCode?: number; message?: string } };
}

/** Containers wait for these reasons in the course of things. */
const USUAL = ['ContainerCreating', 'PodInitializing'];

const MAX_WORDS = 300;

/** How programs begin the line that matters; Node goes on with a trace and its version. */
const NAMES_ERROR = /^(\w*error|fatal|panic)\b/i;

/** The end of what a container had to say, on one line. */
function lastWords(message: string | undefined): string {
  const lines = message?.trim().split('\n') ?? [];
  const said = lines.findLast((line) => NAMES_ERROR.test(line)) ?? lines.at(-1) ?? '';
  return said === '' ? '' : `: ${plainText(said).slice(0, MAX_WORDS)}`;
}

/** Our own programs log JSON: what an error says first is its message. */
function plainText(line: string): string {
  try {
    const { message, error = '' } = JSON.parse(line) as { message?: string; error?: string };
    return message === undefined ? line : `${message} ${error.split('\n')[0]}`.trim();
  } catch {
    return line;
  }
}

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
        const detail =
          reason === 'CrashLoopBackOff' && last !== undefined
            ? `it ended with code ${last.exitCode}${lastWords(last.message)}`
            : message;
        return `container ${name} of pod ${metadata.name}: ${reason}${detail === undefined ? '' : `, ${detail}`}`;
      }
    }
  }
  return undefined;
}
