import { hashOf } from '@telestack/controller';
import { backup } from '../resources/backup.ts';
import { type Component, components } from '../resources/components.ts';
import { databasesConfig } from '../resources/databases.ts';
import type { Desired } from '../resources/desired.ts';
import { exposure } from '../resources/exposure.ts';
import type { Input } from '../resources/input.ts';
import type { ComponentName } from '../resources/names.ts';
import { defaultPolicies } from '../resources/network.ts';
import type { Problem } from './problem.ts';
import type { WorkloadState } from './workload-state.ts';

/** What is to be done about a component. */
export interface ComponentPlan {
  readonly component: Component;
  readonly objects: readonly Desired[];
  readonly state: WorkloadState | undefined;
  /** Why its pods are not started, or keep an older image. */
  readonly waitsFor: { readonly reason: string; readonly message: string } | undefined;
}

export interface Plan {
  readonly components: readonly ComponentPlan[];
  /** Objects that belong to no component. */
  readonly shared: readonly Desired[];
}

/**
 * The objects that a project shall have now. A component starts when those that it needs are ready; it gets a new image when all before it have
 * theirs and are ready, so an upgrade stops at the first that fails. All else is applied at once.
 */
export function planProject(
  input: Input,
  states: ReadonlyMap<ComponentName, WorkloadState>,
  problems: readonly Problem[],
): Plan {
  const plans: ComponentPlan[] = [];
  const unsettled: ComponentName[] = [];
  for (const component of components) {
    const state = states.get(component.name);
    const wantedImage = input.images[component.image];
    const all = component.build(input, wantedImage);
    if (all.length === 0) continue;
    const problem = problems.find(({ holds }) => holds.includes(component.name));
    const missing = component.needs.filter((need) => unsettled.includes(need));
    if (state === undefined) {
      const waitsFor =
        problem !== undefined
          ? { reason: problem.reason, message: problem.message }
          : missing.length > 0
            ? { reason: 'WaitingForDependencies', message: `waits for ${missing.join(', ')}` }
            : undefined;
      const objects = waitsFor === undefined ? all : withoutPods(all, component);
      plans.push({ component, objects, state, waitsFor });
      unsettled.push(component.name);
      continue;
    }
    const isNew = state.image === wantedImage;
    const blocker = isNew ? undefined : unsettled[0];
    plans.push({
      component,
      objects: blocker === undefined ? all : component.build(input, state.image),
      state,
      waitsFor:
        blocker === undefined
          ? undefined
          : { reason: 'UpgradeWaiting', message: `keeps image ${state.image} until ${blocker} is ready` },
    });
    if (!isNew || !state.isSettled || !isApplied(all, component, state)) unsettled.push(component.name);
  }
  const shared = [
    ...defaultPolicies(input.project),
    databasesConfig(input.project, input.databaseFiles),
    ...exposure(input.project),
    ...backup(input),
  ];
  return { components: plans, shared };
}

/** What runs is what this very pass wants: else it is about to change, whatever it tells of itself. */
function isApplied(
  objects: readonly Desired[],
  { workload }: Component,
  { applied }: WorkloadState,
): boolean {
  const wanted = objects.find(({ resource }) => resource === workload);
  return wanted !== undefined && hashOf(wanted.object) === applied;
}

/** Only what needs no pods: so that names, paths and permissions are there before. Volumes wait too. */
function withoutPods(objects: readonly Desired[], { workload }: Component): Desired[] {
  const waiting = [workload.kind, 'PersistentVolumeClaim', 'HorizontalPodAutoscaler'];
  return objects.filter(({ resource }) => !waiting.includes(resource.kind));
}
