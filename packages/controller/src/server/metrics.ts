import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** What a controller process tells of itself; names follow those that operators know from controller-runtime. */
export type Metrics = ReturnType<typeof createMetrics>;

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter<L>({ name, help, labelNames: [...labelNames], registers });
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Gauge<L>({ name, help, labelNames: [...labelNames], registers });
  const histogram = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Histogram<L>({ name, help, labelNames: [...labelNames], buckets: SECONDS, registers });
  return {
    registry,
    reconciles: counter('controller_reconcile_total', 'Reconciliations by how they ended.', [
      'controller',
      'result',
    ]),
    reconcileSeconds: histogram('controller_reconcile_seconds', 'Time of one reconciliation.', [
      'controller',
    ]),
    queueSeconds: histogram(
      'controller_queue_seconds',
      'Time that a key was ready before work on it began.',
      ['controller'],
    ),
    queueDepth: gauge('controller_queue_depth', 'Keys in the queue.', ['controller', 'state']),
    activeWorkers: gauge('controller_active_workers', 'Reconciliations under way.', ['controller']),
    requests: counter('controller_api_requests_total', 'Requests to the API server; status 0: no answer.', [
      'method',
      'resource',
      'status',
    ]),
    requestSeconds: histogram('controller_api_request_seconds', 'Time to the first byte of the answer.', [
      'method',
    ]),
    lists: counter(
      'controller_informer_lists_total',
      'Whole lists fetched: one at the start, more after lost watches.',
      ['kind'],
    ),
    watchFailures: counter('controller_informer_failures_total', 'Lists and watches that failed.', [
      'kind',
      'what',
    ]),
    cachedObjects: gauge('controller_informer_objects', 'Objects in the cache.', ['kind']),
    applies: counter('controller_applies_total', 'Objects written because they were not as they should be.', [
      'kind',
    ]),
    isLeader: gauge('controller_is_leader', '1 while this process leads.', []),
  };
}

/** Adds what Node tells of its process: memory, event loop, CPU. */
export function collectProcessMetrics(metrics: Metrics): void {
  collectDefaultMetrics({ register: metrics.registry });
}
