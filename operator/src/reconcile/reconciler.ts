import {
  type ApiClient,
  ApiError,
  type Applier,
  type EventRecorder,
  hashOf,
  type KubeObject,
  keyOf,
  kindKey,
  type Resource,
  type Result,
  resources,
} from '@telestack/controller';
import type { TelestackProject } from '../api/project.ts';
import { BY_PROJECT, type Caches, digestSecret, type SecretDigest } from '../caches.ts';
import type { ProjectBus } from '../nats/project-bus.ts';
import { components } from '../resources/components.ts';
import type { Desired } from '../resources/desired.ts';
import { type Images, imagesFor } from '../resources/images.ts';
import type { Input, NatsPlace } from '../resources/input.ts';
import { COMPONENT_LABEL, type ComponentName, DATA_FINALIZER, nameFor } from '../resources/names.ts';
import { NEEDS_NATS } from '../resources/network.ts';
import { natsSecret, streamName } from '../resources/streams.ts';
import { referenceProblems } from './checks.ts';
import { deletionStatus, overdueInMs, projectStatus } from './conditions.ts';
import { ensureCredentials, rotationOf } from './credentials.ts';
import type { DatabaseProbe } from './database-probe.ts';
import { deleteData, ensureFinalizer, isAccount, leftOver } from './finalize.ts';
import { type Plan, planProject } from './plan.ts';
import type { Problem } from './problem.ts';
import { ownedObjects, prune } from './prune.ts';
import { writeStatus } from './status.ts';
import { databaseTexts, type RulesChecker } from './texts.ts';
import { podProblem, type WorkloadState, workloadState } from './workload-state.ts';

export interface ReconcilerOptions {
  readonly client: ApiClient;
  readonly caches: Caches;
  readonly applier: Applier;
  readonly events: EventRecorder;
  readonly probe: DatabaseProbe;
  /** Undefined: NATS is not this operator's business; projects bring their own. */
  readonly bus: ProjectBus | undefined;
  readonly nats: NatsPlace;
  /** Images of this release. */
  readonly images: Images;
  readonly checkRules: RulesChecker;
}

const WORKLOADS: ReadonlyMap<string, Resource> = new Map(components.map((it) => [it.name, it.workload]));

/** Requests of one project at the same time. */
const PARALLEL = 6;

/** Makes a project as its spec says: from what is there to what should be, one pass at a time. Nothing is remembered between passes. */
export class Reconciler {
  readonly #options: ReconcilerOptions;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  async reconcile(key: string, signal: AbortSignal): Promise<Result | undefined> {
    const { client, caches, events, probe } = this.#options;
    const project = caches.projects.store.get(key);
    if (project === undefined) {
      probe.forget(key);
      this.#options.bus?.forget(key);
      return undefined;
    }
    if (project.metadata.deletionTimestamp !== undefined) return this.#delete(project, signal);
    // Its change brings the project here again.
    if (await ensureFinalizer(project, client, signal)) return undefined;

    const { digests, rotated } = await ensureCredentials(project, client, caches, signal);
    for (const secret of rotated)
      events.record(project, {
        type: 'Normal',
        reason: 'CredentialsRotated',
        action: 'Rotate',
        note: `New credentials in the Secret ${secret}`,
      });
    const texts = databaseTexts(project, caches, this.#options.checkRules);
    const references = referenceProblems(project, caches);
    const secretVersion = this.#checksum(project, digests)(
      'Secret',
      project.spec.postgresql.external?.urlSecretRef.name ?? '',
    );
    const canProbe = references.every(({ message }) => !message.startsWith('spec.postgresql.external'));
    const probed = canProbe ? probe.check(project, secretVersion) : undefined;
    // The answer brings the project here again.
    if (probed === 'asked') return undefined;
    const bus = await this.#busProblem(project, digests, signal);
    const problems = [
      ...references,
      ...texts.problems,
      ...(probed?.problem === undefined ? [] : [probed.problem]),
      ...(bus === undefined ? [] : [bus.problem]),
    ];
    const images = imagesFor(project.spec, this.#options.images);
    const states = this.#states(project);
    const input: Input = {
      project,
      images,
      nats: this.#options.nats,
      databaseFiles: texts.files,
      checksumOf: this.#checksum(project, digests),
      templateSizeOf: (component) => templateSize(this.#workload(project, component)),
    };
    const plan = planProject(input, states, problems);
    const { workloads, ...refusals } = await this.#apply(project, plan, signal);
    await prune(project, objectsOf(plan), client, caches, signal);
    const now = new Date();
    const current = withStates(plan, workloads);
    const status = projectStatus({
      project,
      plan: current,
      problems,
      images,
      refusals: refusals.messages,
      podProblems: this.#podProblems(project),
      now,
    });
    const wasReady = project.status?.phase;
    await writeStatus(project, status, client, signal);
    if (wasReady !== status.phase && status.phase !== undefined) {
      events.record(project, {
        type: status.phase === 'Degraded' ? 'Warning' : 'Normal',
        reason: status.phase,
        action: 'Reconcile',
        note: status.message ?? '',
      });
    }
    // Told; now tried again, with growing pauses.
    if (refusals.error !== undefined) throw refusals.error;
    if (bus !== undefined) throw bus.error;
    // Nothing else brings the project here again when that time has come.
    const waits = [
      probed?.againInMs ?? 0,
      ...current.components.map(({ state }) => (state && overdueInMs(state, now)) ?? 0),
    ].filter((ms) => ms > 0);
    return waits.length === 0 ? undefined : { requeueAfterMs: Math.min(...waits) };
  }

  async #delete(project: TelestackProject, signal: AbortSignal): Promise<undefined> {
    const { client, caches, bus } = this.#options;
    // Other finalizers are others' business.
    if (project.metadata.finalizers?.includes(DATA_FINALIZER) !== true) {
      await writeStatus(
        project,
        deletionStatus(project, 'waits for what others have to do before'),
        client,
        signal,
      );
      return;
    }
    const left = ownedObjects(project, caches);
    const pods = caches.pods.store.byIndex(BY_PROJECT, keyOf(project));
    if (left.length === 0 && pods.length === 0) {
      await this.#dropSlot(project);
      await ensureFinalizer(project, client, signal);
      return;
    }
    const account = left.filter((it) => isAccount(project, it));
    await deleteData(
      left.filter((it) => !account.includes(it)),
      client,
      signal,
    );
    let obstacle: unknown;
    // Pods that still run would make streams anew.
    if (left.length === account.length && pods.length === 0) {
      try {
        // Before its Secret, which names it.
        await bus?.remove(project, signal);
        await deleteData(account, client, signal);
      } catch (error) {
        obstacle = error;
      }
    }
    const message =
      obstacle === undefined
        ? leftOver([...left, ...pods.map((object) => ({ resource: resources.pod, object }))])
        : `the account of NATS cannot be removed: ${messageOf(obstacle)}`;
    await writeStatus(project, deletionStatus(project, message), client, signal);
    if (obstacle !== undefined) throw obstacle;
  }

  /** The project's data in an external database is its owner's business; a slot would keep that server's log for ever. */
  async #dropSlot(project: TelestackProject): Promise<void> {
    if (project.spec.postgresql.external === undefined) return;
    const slot = streamName(project);
    const complaint = await this.#options.probe.dropSlot(project, slot);
    if (complaint === undefined) return;
    const note = `The replication slot ${slot} of the external database keeps its log until it is dropped: ${complaint}`;
    this.#options.events.record(project, { type: 'Warning', reason: 'SlotLeft', action: 'Delete', note });
  }

  /** What the installation's NATS has against an account for the project, as a problem and as it was thrown. */
  async #busProblem(
    project: TelestackProject,
    digests: Map<string, SecretDigest>,
    signal: AbortSignal,
  ): Promise<{ problem: Problem; error: unknown } | undefined> {
    if (this.#options.bus === undefined || project.spec.nats.urlSecretRef !== undefined) return undefined;
    try {
      const name = natsSecret(project);
      const key = `${project.metadata.namespace}/${name}`;
      const cached = this.#options.caches.secrets.store.get(key)?.metadata.resourceVersion;
      const secret = await this.#options.bus.ensure(project, rotationOf(project), cached, signal);
      // Pods are rolled by what it is now, which the cache may not know yet.
      if (secret !== undefined) digests.set(name, digestSecret(secret));
      return undefined;
    } catch (error) {
      if (signal.aborted || error instanceof ApiError) throw error;
      const message = `the installation's NATS gave no account: ${messageOf(error)}`;
      return { problem: { reason: 'NatsUnavailable', message, holds: NEEDS_NATS }, error };
    }
  }

  /** Writes what differs. One object that is refused does not keep the others from being written. Resolves to the workloads as they are now, too. */
  async #apply(
    project: TelestackProject,
    plan: Plan,
    signal: AbortSignal,
  ): Promise<{ messages: Map<string, string>; error: unknown; workloads: Map<string, KubeObject> }> {
    const messages = new Map<string, string>();
    const workloads = new Map<string, KubeObject>();
    let error: unknown;
    const queue: { part: string; item: Desired }[] = [
      ...plan.shared.map((item) => ({ part: '', item })),
      ...plan.components.flatMap(({ component, objects }) =>
        objects.map((item) => ({ part: component.name, item })),
      ),
    ];
    const work = async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const { resource, object } = next.item;
        try {
          const { applier } = this.#options;
          const applied = await applier.apply(resource, object, this.#find(resource, object), signal);
          if (resource === WORKLOADS.get(next.part)) workloads.set(next.part, applied);
        } catch (cause) {
          if (signal.aborted) throw cause;
          error ??= cause;
          messages.set(next.part, `${resource.kind} ${object.metadata.name}: ${messageOf(cause)}`);
          if (cause instanceof ApiError && cause.status === 0) return;
        }
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, work));
    if (error instanceof ApiError && error.status === 0) throw error;
    if (messages.size > 0)
      this.#options.events.record(project, {
        type: 'Warning',
        reason: 'Refused',
        action: 'Apply',
        note: [...messages.values()].join('; '),
      });
    return { messages, error, workloads };
  }

  #find(resource: Resource, object: KubeObject): KubeObject | undefined {
    return this.#options.caches.owned.get(kindKey(resource))?.store.get(keyOf(object));
  }

  #workload(project: TelestackProject, name: ComponentName): KubeObject | undefined {
    const { workload } = components.find((it) => it.name === name)!;
    const { store } = this.#options.caches.owned.get(kindKey(workload))!;
    const own = nameFor(project, name);
    // Each release has a Job of its own, and that before is about to go.
    const found =
      workload === resources.job
        ? store
            .byIndex(BY_PROJECT, keyOf(project))
            .filter(({ metadata }) => metadata.name.startsWith(`${own}-`))
            .sort(byAge)
            .at(-1)
        : store.get(`${project.metadata.namespace}/${own}`);
    return found?.metadata.deletionTimestamp === undefined ? found : undefined;
  }

  #states(project: TelestackProject): Map<ComponentName, WorkloadState> {
    const states = new Map<ComponentName, WorkloadState>();
    for (const { name } of components) {
      const workload = this.#workload(project, name);
      if (workload !== undefined) states.set(name, workloadState(workload));
    }
    return states;
  }

  #podProblems(project: TelestackProject): Map<string, string> {
    const pods = this.#options.caches.pods.store.byIndex(BY_PROJECT, keyOf(project));
    const problems = new Map<string, string>();
    for (const { name } of components) {
      const own = pods.filter(({ metadata }) => metadata.labels?.[COMPONENT_LABEL] === name);
      const problem = podProblem(own);
      if (problem !== undefined) problems.set(name, problem);
    }
    return problems;
  }

  #checksum(project: TelestackProject, digests: ReadonlyMap<string, SecretDigest>): Input['checksumOf'] {
    const { caches } = this.#options;
    return (kind, name) => {
      const key = `${project.metadata.namespace}/${name}`;
      const object =
        kind === 'Secret'
          ? (digests.get(name) ?? caches.secrets.store.get(key))
          : caches.configMaps.store.get(key);
      return object === undefined ? '' : hashOf(object.data ?? {});
    };
  }
}

/** The plan with the states that the API server has answered: where this pass has written a workload, what the cache tells is from before. */
function withStates(plan: Plan, workloads: ReadonlyMap<string, KubeObject>): Plan {
  const parts = plan.components.map((part) => {
    const workload = workloads.get(part.component.name);
    const isKnown = part.state !== undefined && workload !== undefined;
    return isKnown ? { ...part, state: workloadState(workload) } : part;
  });
  return { ...plan, components: parts };
}

function byAge(a: KubeObject, b: KubeObject): number {
  return (a.metadata.creationTimestamp ?? '') < (b.metadata.creationTimestamp ?? '') ? -1 : 1;
}

/** Of a StatefulSet; the API server does not let it change. */
function templateSize(workload: KubeObject | undefined): string | undefined {
  const spec = workload?.spec as
    | { volumeClaimTemplates?: { spec: { resources: { requests: { storage: string } } } }[] }
    | undefined;
  return spec?.volumeClaimTemplates?.[0]?.spec.resources.requests.storage;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function objectsOf({ components: parts, shared }: Plan): Desired[] {
  return [...shared, ...parts.flatMap(({ objects }) => objects)];
}
