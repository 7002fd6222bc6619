import type { KubeConfig } from '@kubernetes/client-node';
import {
  Applier,
  Controller,
  EventRecorder,
  INITIAL_PRIORITY,
  isConflict,
  type KubeObject,
  keyOf,
  Manager,
  type ManagerOptions,
} from '@telestack/controller';
import { BY_REFERENCE, type Caches, createCaches, projectKeyOf } from './caches.ts';
import { hasHttpRoutes } from './discovery.ts';
import { countProjects } from './metrics.ts';
import type { ProjectBus } from './nats/project-bus.ts';
import { DatabaseProbe } from './reconcile/database-probe.ts';
import { dataObjects } from './reconcile/finalize.ts';
import { Reconciler, type ReconcilerOptions } from './reconcile/reconciler.ts';
import { podProblem } from './reconcile/workload-state.ts';
import { annotations, MANAGED_BY } from './resources/names.ts';

export interface OperatorOptions extends Pick<ManagerOptions, 'leaderElection' | 'health' | 'log'> {
  readonly config: KubeConfig;
  /** The only namespace whose projects are run; undefined: all. */
  readonly namespace?: string;
  readonly images: ReconcilerOptions['images'];
  readonly nats: ReconcilerOptions['nats'];
  readonly bus?: (manager: Manager) => ProjectBus;
  readonly checkRules?: ReconcilerOptions['checkRules'];
  readonly concurrency?: number;
  /** Longest pause between attempts at a project that fails, in milliseconds. */
  readonly maxBackoffMs?: number;
}

export interface Operator {
  readonly manager: Manager;
  readonly caches: Caches;
  readonly controller: Controller;
  /** Works until the signal; 'lost': the leadership was lost, and the process should end. */
  run(signal: AbortSignal): Promise<'stopped' | 'lost'>;
}

/** Puts the operator together: caches that know the cluster, a queue of projects, and the reconciler. */
export async function createOperator(options: OperatorOptions): Promise<Operator> {
  const { config, log, namespace } = options;
  const manager = new Manager({
    config,
    log,
    userAgent: MANAGED_BY,
    leaderElection: options.leaderElection,
    health: options.health,
  });
  const caches = createCaches(manager, { namespace, hasHttpRoutes: await hasHttpRoutes(manager.client) });
  const events = new EventRecorder({
    client: manager.client,
    controller: 'telestack.dev/operator',
    instance: manager.identity,
    onFailure: (error) => log('An event could not be written.', error),
  });
  const applier = new Applier({
    client: manager.client,
    fieldManager: MANAGED_BY,
    hashAnnotation: annotations.applied,
    onApply: (resource, key, path) => {
      manager.metrics.applies.inc({ kind: resource.kind });
      if (path !== '') log(`${resource.kind} ${key} was not as it should be at ${path}; written.`);
    },
  });
  const bus = options.bus?.(manager);
  const reconciler = new Reconciler({
    client: manager.client,
    caches,
    applier,
    events,
    probe: new DatabaseProbe({ client: manager.client, onAnswer: (key) => controller.queue.add(key) }),
    bus,
    nats: options.nats,
    images: options.images,
    checkRules: options.checkRules ?? (() => undefined),
  });
  const controller: Controller = new Controller({
    name: 'project',
    metrics: manager.metrics,
    concurrency: options.concurrency ?? 8,
    backoff: { minMs: 50, maxMs: options.maxBackoffMs ?? 60_000, jitter: 0.2 },
    reconcile: (key, signal) => reconciler.reconcile(key, signal),
    onFailure: (key, error, retryInMs) => {
      // The cache was a moment behind: nothing that anybody has to know.
      if (isConflict(error)) return;
      log(`Project ${key} failed; again in ${Math.round(retryInMs)} ms.`, error);
    },
  });
  manager.add(controller);
  countProjects(manager.metrics.registry, caches);
  connectWatches(manager, caches, controller, applier, events);
  bus?.onReconnect(() => {
    for (const key of caches.projects.store.keys()) controller.queue.add(key, { priority: INITIAL_PRIORITY });
  });
  return {
    manager,
    caches,
    controller,
    async run(signal) {
      // Not only with the first project, nor by the leader alone: the installation is complete when NATS runs.
      const prepared = bus?.prepare(signal);
      const outcome = await manager.run(signal);
      await events.flush();
      await prepared;
      await bus?.close();
      return outcome;
    },
  };
}

/** Which changes bring which projects into the queue. */
function connectWatches(
  manager: Manager,
  caches: Caches,
  { queue }: Controller,
  applier: Applier,
  events: EventRecorder,
): void {
  const priorityOf = (isInitial: boolean) => ({ priority: isInitial ? INITIAL_PRIORITY : 0 });
  caches.projects.addHandler(({ type, object, isInitial }) => {
    // A status that we wrote ourselves too: a pass that came before this news has compared its own with an older one, and may have kept silent.
    queue.add(keyOf(object), priorityOf(isInitial));
    if (type === 'delete' && manager.isLeading) tellKept(object, caches, events);
  });
  for (const informer of caches.owned.values()) {
    informer.addHandler(({ type, object, before, isInitial }) => {
      if (type === 'delete') applier.forget(informer.resource, keyOf(object));
      // What was there at the start is looked at with its project.
      if (isInitial) return;
      // Also one that has lost its labels.
      for (const it of before === undefined ? [object] : [before, object]) {
        const key = projectKeyOf(it);
        if (key !== '') queue.add(key);
      }
    });
  }
  for (const informer of [caches.secrets, caches.configMaps] as const) {
    informer.addHandler(({ object, isInitial }: { object: KubeObject; isInitial: boolean }) => {
      if (isInitial) return;
      const reference = `${object.metadata.namespace}/${informer.resource.kind}/${object.metadata.name}`;
      for (const project of caches.projects.store.byIndex(BY_REFERENCE, reference)) queue.add(keyOf(project));
    });
  }
  caches.storageClasses.addHandler(({ isInitial }) => {
    if (isInitial) return;
    for (const project of caches.projects.store.values())
      if (project.status?.phase !== 'Ready') queue.add(keyOf(project), { priority: INITIAL_PRIORITY });
  });
  caches.pods.addHandler(({ type, object, before, isInitial }) => {
    const was = before === undefined ? undefined : podProblem([before]);
    // One that has gone may be the last that a deletion waits for.
    if (!isInitial && (type === 'delete' || podProblem([object]) !== was)) queue.add(projectKeyOf(object));
  });
}

/** A project that is gone: its data is not. */
function tellKept(project: KubeObject, caches: Caches, events: EventRecorder): void {
  const kept = dataObjects(project, caches).map(
    ({ resource, object }) => `${resource.kind} ${object.metadata.name}`,
  );
  if (kept.length === 0) return;
  events.record(project, {
    type: 'Normal',
    reason: 'DataRetained',
    action: 'Delete',
    note: `Kept, since the deletion policy is Retain: ${kept.join(', ')}`,
  });
}
