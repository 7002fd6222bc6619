import type { BackoffOptions } from './backoff.ts';
import { type Work, WorkQueue } from './queue/work-queue.ts';
import type { Metrics } from './server/metrics.ts';

export interface Result {
  /** Look again after so long, even if nothing changes. */
  readonly requeueAfterMs?: number;
}

export interface ControllerOptions {
  readonly name: string;
  /**
   * Makes the world as the object of this key wants it. Level-based: it is told that something may have changed, not what. What it throws is
   * tried again after a pause; so is a time-out, which aborts the signal.
   */
  readonly reconcile: (key: string, signal: AbortSignal) => Promise<Result | undefined>;
  readonly onFailure: (key: string, error: unknown, retryInMs: number) => void;
  readonly metrics: Metrics;
  /** Keys worked on at the same time. Default: 4. */
  readonly concurrency?: number;
  /** Longest reconciliation. Default: 60 s. */
  readonly timeoutMs?: number;
  readonly backoff?: BackoffOptions;
}

/** What was there already when the process started comes after what changes now. */
export const INITIAL_PRIORITY = -100;

/** A queue of keys and the workers that reconcile them, each key by one worker at a time. A key that fails does not hold up the others. */
export class Controller {
  readonly queue: WorkQueue;
  readonly #options: ControllerOptions;
  #active = 0;

  constructor(options: ControllerOptions) {
    this.#options = options;
    this.queue = new WorkQueue(options.backoff);
  }

  get name(): string {
    return this.#options.name;
  }

  /** Keys that are ready or being worked on; waiting ones aside. */
  get busy(): number {
    return this.#active + this.queue.depth.ready;
  }

  /** Works until the signal; resolves when the work under way has ended, which the signal aborts too. */
  async run(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const stop = () => this.queue.close();
    signal.addEventListener('abort', stop, { once: true });
    const { concurrency = 4 } = this.#options;
    await Promise.all(Array.from({ length: concurrency }, () => this.#work(signal)));
    signal.removeEventListener('abort', stop);
  }

  /** For the metrics endpoint: the depth changes too often to be told each time. */
  observeDepth(): void {
    const { metrics, name } = this.#options;
    const { ready, waiting } = this.queue.depth;
    metrics.queueDepth.set({ controller: name, state: 'ready' }, ready);
    metrics.queueDepth.set({ controller: name, state: 'waiting' }, waiting);
    metrics.activeWorkers.set({ controller: name }, this.#active);
  }

  async #work(signal: AbortSignal): Promise<void> {
    for (let work = await this.queue.take(); work !== undefined; work = await this.queue.take()) {
      this.#active++;
      await this.#reconcile(work, signal);
      this.#active--;
      this.queue.done(work.key);
    }
  }

  async #reconcile({ key, priority, waitedMs }: Work, signal: AbortSignal): Promise<void> {
    const { name: controller, metrics, timeoutMs = 60_000 } = this.#options;
    metrics.queueSeconds.observe({ controller }, waitedMs / 1_000);
    const startedAt = performance.now();
    let result: 'success' | 'error' | 'requeue_after' = 'success';
    try {
      const { requeueAfterMs } =
        (await this.#options.reconcile(key, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]))) ?? {};
      this.queue.forget(key);
      if (requeueAfterMs !== undefined) {
        result = 'requeue_after';
        this.queue.add(key, { priority, afterMs: requeueAfterMs });
      }
    } catch (error) {
      if (signal.aborted) return;
      result = 'error';
      this.#options.onFailure(key, error, this.queue.addRateLimited(key, { priority }));
    } finally {
      metrics.reconciles.inc({ controller, result });
      metrics.reconcileSeconds.observe({ controller }, (performance.now() - startedAt) / 1_000);
    }
  }
}
