import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { KubeConfig } from '@kubernetes/client-node';
import { ApiClient } from './api/client.ts';
import type { KubeObject } from './api/object.ts';
import { kindKey, type Resource, resourceOfPath } from './api/resource.ts';
import { Informer, type InformerOptions } from './cache/informer.ts';
import type { Controller } from './controller.ts';
import { LeaderElection, type LeaseOptions } from './leader/lease.ts';
import { startHealthServer } from './server/health-server.ts';
import { createMetrics, type Metrics } from './server/metrics.ts';

export type Log = (message: string, error?: unknown) => void;

export interface ManagerOptions {
  readonly config: KubeConfig;
  readonly log: Log;
  readonly userAgent?: string;
  readonly maxConcurrency?: number;
  /** Undefined: no election, this process leads. */
  readonly leaderElection?: Pick<
    LeaseOptions,
    'namespace' | 'name' | 'leaseMs' | 'renewDeadlineMs' | 'retryMs'
  >;
  /** Where to serve health and metrics; undefined: nowhere. */
  readonly health?: { readonly host: string; readonly port: number };
}

/** Puts the parts of a controller process together: client, informers, election, controllers, health. */
export class Manager {
  readonly client: ApiClient;
  readonly metrics: Metrics = createMetrics();
  readonly identity = `${hostname()}_${randomUUID().slice(0, 8)}`;
  readonly #options: ManagerOptions;
  readonly #informers: Informer<KubeObject>[] = [];
  readonly #controllers: Controller[] = [];
  #healthPort: number | undefined;
  #isLeading = false;

  constructor(options: ManagerOptions) {
    this.#options = options;
    this.client = new ApiClient(options.config, {
      userAgent: options.userAgent,
      maxConcurrency: options.maxConcurrency,
      onResponse: ({ method, path, status, seconds }) => {
        this.metrics.requests.inc({ method, resource: resourceOfPath(path), status: String(status) });
        this.metrics.requestSeconds.observe({ method }, seconds);
      },
    });
  }

  /** The port of health and metrics, once run() serves them. */
  get healthPort(): number | undefined {
    return this.#healthPort;
  }

  /** This process does the work now. */
  get isLeading(): boolean {
    return this.#isLeading;
  }

  get isSynced(): boolean {
    return this.#informers.every(({ hasSynced }) => hasSynced);
  }

  /** A cache of the collection, which run() keeps up to date. */
  informer<T extends KubeObject>(
    resource: Resource,
    options: Omit<InformerOptions<T>, 'client' | 'resource' | 'onList' | 'onFailure'> = {},
  ): Informer<T> {
    const kind = kindKey(resource);
    const informer = new Informer<T>({
      ...options,
      client: this.client,
      resource,
      onList: () => this.metrics.lists.inc({ kind }),
      onFailure: (what, error, retryInMs) => {
        this.metrics.watchFailures.inc({ kind, what });
        this.#options.log(`The ${what} of ${kind} failed; again in ${Math.round(retryInMs)} ms.`, error);
      },
    });
    this.#informers.push(informer as unknown as Informer<KubeObject>);
    return informer;
  }

  add(controller: Controller): void {
    this.#controllers.push(controller);
  }

  /**
   * Fills the caches, waits for leadership, and lets the controllers work until the signal. Resolves to 'stopped' then, and to 'lost' when the
   * leadership was lost: the process should end, so that nothing that it still believes does harm.
   */
  async run(signal: AbortSignal): Promise<'stopped' | 'lost'> {
    const { health, leaderElection, log } = this.#options;
    const collect = setInterval(() => this.#observe(), 5_000).unref();
    const server =
      health === undefined
        ? undefined
        : await startHealthServer({
            ...health,
            metrics: this.metrics,
            isAlive: () => true,
            isReady: () => this.isSynced,
          });
    this.#healthPort = server?.port;
    try {
      for (const informer of this.#informers) informer.start();
      await Promise.race([Promise.all(this.#informers.map(({ synced }) => synced)), aborted(signal)]);
      if (leaderElection === undefined) {
        await this.#lead(signal);
        return 'stopped';
      }
      const election = new LeaderElection({
        ...leaderElection,
        client: this.client,
        identity: this.identity,
        onFailure: (error) => log('The lease could not be renewed.', error),
      });
      const isLost = await election.run(signal, (leading) => this.#lead(leading));
      if (isLost) log('The leadership is lost.');
      return isLost ? 'lost' : 'stopped';
    } finally {
      clearInterval(collect);
      await Promise.all(this.#informers.map((informer) => informer.stop()));
      await server?.close();
      this.client.close();
    }
  }

  async #lead(signal: AbortSignal): Promise<void> {
    this.#isLeading = true;
    this.metrics.isLeader.set(1);
    await Promise.all(this.#controllers.map((controller) => controller.run(signal)));
    this.#isLeading = false;
    this.metrics.isLeader.set(0);
  }

  #observe(): void {
    for (const controller of this.#controllers) controller.observeDepth();
    for (const { resource, store } of this.#informers)
      this.metrics.cachedObjects.set({ kind: kindKey(resource) }, store.size);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
