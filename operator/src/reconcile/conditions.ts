import type { TelestackProject } from '../api/project.ts';
import type { ComponentStatus, Condition, ProjectStatus } from '../api/status.ts';
import type { Images } from '../resources/input.ts';
import { nameFor } from '../resources/names.ts';
import { PORTS } from '../resources/network.ts';
import { externalUrl } from '../resources/services.ts';
import type { ComponentPlan, Plan } from './plan.ts';
import type { Problem } from './problem.ts';
import type { WorkloadState } from './workload-state.ts';

type Aspect = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

export interface Findings {
  readonly project: TelestackProject;
  readonly plan: Plan;
  readonly problems: readonly Problem[];
  readonly images: Images;
  /** What the API server said to an object of ours, by component name; '' for those of no component. */
  readonly refusals: ReadonlyMap<string, string>;
  /** What a pod of the component says, by component name. */
  readonly podProblems: ReadonlyMap<string, string>;
  readonly now: Date;
}

/** The status that tells what was found. Conditions that have not changed keep their time. */
export function projectStatus(findings: Findings): ProjectStatus {
  const { project, plan, images, now } = findings;
  const { spec, metadata } = project;
  const parts = plan.components.map((it) => ({ ...it, aspect: componentAspect(it, findings) }));
  const aspects = [
    readyAspect(
      findings,
      parts.map(({ aspect }) => aspect),
    ),
    configurationAspect(findings),
    ...parts.map(({ aspect }) => aspect),
  ];
  const ready = aspects[0]!;
  const before = new Map(project.status?.conditions?.map((it) => [it.type, it]));
  const conditions = aspects.map((aspect): Condition => {
    const same = before.get(aspect.type);
    const lastTransitionTime = same?.status === aspect.status ? same.lastTransitionTime : timeOf(now);
    return { ...aspect, lastTransitionTime, observedGeneration: metadata.generation };
  });
  const host = (part: string) => `${nameFor(project, part)}.${metadata.namespace}.svc`;
  const external = externalUrl(project);
  const http = `http://${host('gateway')}:${PORTS.gateway}`;
  const isUpgraded = plan.components.every(
    ({ component, state }) => component.image !== 'services' || state?.image === images.services,
  );
  return {
    observedGeneration: metadata.generation,
    phase: phaseOf(spec.suspend, ready),
    message: ready.message,
    version: isUpgraded ? tagOf(images.services) : project.status?.version,
    endpoint: external ?? http,
    endpoints: {
      http,
      ...(external === undefined ? {} : { external }),
      ...(spec.centrifugo.enabled
        ? { centrifugo: `ws://${host('centrifugo')}:${PORTS.centrifugo}/connection/websocket` }
        : {}),
    },
    components: plan.components.map(({ component, state }): ComponentStatus => {
      return {
        name: component.name,
        ...(state === undefined ? {} : { image: state.image }),
        ready: `${state?.ready ?? 0}/${state?.wanted ?? 0}`,
      };
    }),
    conditions,
  };
}

/** The status of a project that is being deleted. */
export function deletionStatus({ status, metadata }: TelestackProject, message: string): ProjectStatus {
  const before = status?.conditions ?? [];
  const ready = before.find(({ type }) => type === 'Ready');
  const condition: Condition = {
    type: 'Ready',
    status: 'False',
    reason: 'Deleting',
    message,
    lastTransitionTime: ready?.status === 'False' ? ready.lastTransitionTime : timeOf(new Date()),
    observedGeneration: metadata.generation,
  };
  return {
    ...status,
    observedGeneration: metadata.generation,
    phase: 'Deleting',
    message,
    conditions: [condition, ...before.filter(({ type }) => type !== 'Ready')],
  };
}

/** As long as a Deployment may take that makes no progress. */
const JOB_LIMIT_MS = 300_000;

/** How long a Job that has trouble may go on before that counts as a failure; 0 when it does, undefined for what is no Job or is done. */
export function overdueInMs({ startTime, isSettled }: WorkloadState, now: Date): number | undefined {
  if (startTime === undefined || isSettled) return undefined;
  return Math.max(0, Date.parse(startTime) + JOB_LIMIT_MS - now.getTime());
}

/** As Kubernetes writes times. */
function timeOf(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}

function componentAspect({ component, state, waitsFor }: ComponentPlan, findings: Findings): Aspect {
  const { name, condition: type } = component;
  const no = (reason: string, message: string): Aspect => ({ type, status: 'False', reason, message });
  const refusal = findings.refusals.get(name);
  if (refusal !== undefined) return no('Refused', refusal);
  const problem = findings.problems.find(({ holds }) => holds.includes(name));
  if (problem !== undefined) return no(problem.reason, problem.message);
  if (findings.project.spec.suspend) return no('Suspended', 'the project is suspended');
  const isUpgrading =
    (state !== undefined && state.image !== findings.images[component.image]) ||
    findings.plan.components.some((it) => it.waitsFor?.reason === 'UpgradeWaiting');
  const failed = isUpgrading || waitsFor ? 'UpgradeFailed' : 'Failed';
  if (state?.failure !== undefined) return no(failed, state.failure);
  if (waitsFor !== undefined) return no(waitsFor.reason, waitsFor.message);
  if (state === undefined) return no('Creating', 'its pods are being created');
  if (!state.isSettled) {
    const cause = findings.podProblems.get(name);
    if (cause === undefined) return no('Progressing', state.progress);
    const message = `${state.progress}: ${cause}`;
    return no(overdueInMs(state, findings.now) === 0 ? failed : 'PodsNotReady', message);
  }
  return {
    type,
    status: 'True',
    reason: 'Ready',
    message: state.progress,
  };
}

function configurationAspect({ problems, refusals }: Findings): Aspect {
  const type = 'ConfigurationValid';
  const first = problems[0];
  if (first !== undefined)
    return {
      type,
      status: 'False',
      reason: first.reason,
      message: problems.map((it) => it.message).join('; '),
    };
  const refusal = refusals.get('');
  if (refusal !== undefined) return { type, status: 'False', reason: 'Refused', message: refusal };
  return { type, status: 'True', reason: 'Valid', message: 'all references are there' };
}

function readyAspect(findings: Findings, parts: readonly Aspect[]): Aspect {
  const type = 'Ready';
  const configuration = configurationAspect(findings);
  if (configuration.status === 'False') return { ...configuration, type };
  if (findings.project.spec.suspend)
    return {
      type,
      status: 'False',
      reason: 'Suspended',
      message: 'the project is suspended; its data is kept',
    };
  const bad = parts.filter(({ status }) => status !== 'True');
  const worst =
    bad.find(({ reason }) => reason !== 'Creating' && reason !== 'WaitingForDependencies') ?? bad[0];
  if (worst === undefined) return { type, status: 'True', reason: 'Ready', message: 'all parts are ready' };
  const message = `${worst.type.replace(/Ready$/, '')}: ${worst.message}`;
  return { type, status: 'False', reason: worst.reason, message };
}

const PROGRESS = ['Creating', 'WaitingForDependencies', 'Progressing', 'UpgradeWaiting', 'PodsNotReady'];

function phaseOf(isSuspended: boolean, { status, reason }: Aspect): ProjectStatus['phase'] {
  if (status === 'True') return 'Ready';
  if (isSuspended) return 'Suspended';
  return PROGRESS.includes(reason) ? 'Progressing' : 'Degraded';
}

/** "1.2.3" of "registry/name:1.2.3". */
function tagOf(image: string): string {
  const tag = /:([^:/]+)$/.exec(image)?.[1];
  return tag ?? 'latest';
}
