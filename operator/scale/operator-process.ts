import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const MAIN = join(import.meta.dirname, '../src/main.ts');
/** The lease is renewed every two seconds, whatever projects there are. */
const isLease = (method: string) => method === 'PUT' || method === 'GET';

/** An operator as it runs in a cluster: a process of its own, known by its metrics. */
export class OperatorProcess {
  readonly #child: ChildProcess;
  readonly #url: string;

  constructor(kubeconfig: string, port: number, logFile: string) {
    const log = openSync(logFile, 'a');
    this.#url = `http://127.0.0.1:${port}`;
    this.#child = spawn(process.execPath, ['--max-old-space-size=1024', MAIN], {
      env: {
        PATH: process.env.PATH,
        KUBECONFIG: kubeconfig,
        HOST: '127.0.0.1',
        PORT: String(port),
        IMAGE_SERVICES: 'telestack:1',
      },
      stdio: ['ignore', log, log],
    });
  }

  async ready(): Promise<void> {
    for (let i = 0; i < 600; i++) {
      const isReady = await fetch(`${this.#url}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      );
      if (isReady) return;
      await delay(100);
    }
    throw new Error('The operator did not get ready.');
  }

  /** Resident memory, in MB. */
  memory(): number {
    const kB = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.#child.pid}/status`, 'utf8'))?.[1];
    return Number(kB) / 1024;
  }

  /** Requests for projects, watches aside; objects written; whole lists; all since its start. */
  async counts(): Promise<{
    requests: number;
    writes: number;
    lists: number;
    reconciles: number;
    cpuSeconds: number;
  }> {
    const text = await (await fetch(`${this.#url}/metrics`)).text();
    const sum = (name: string, isCounted: (labels: string) => boolean = () => true) =>
      [...text.matchAll(new RegExp(`^${name}(\\{[^}]*\\})? ([0-9.e+]+)$`, 'gm'))]
        .filter(([, labels = '']) => isCounted(labels))
        .reduce((total, [, , value]) => total + Number(value), 0);
    const methodOf = (labels: string) => /method="(\w+)"/.exec(labels)?.[1] ?? '';
    return {
      requests: sum('controller_api_requests_total', (labels) => {
        const method = methodOf(labels);
        return method !== 'WATCH' && !isLease(method);
      }),
      writes: sum('controller_applies_total'),
      lists: sum('controller_informer_lists_total'),
      reconciles: sum('controller_reconcile_total'),
      cpuSeconds: sum('process_cpu_seconds_total'),
    };
  }

  kill(signal: NodeJS.Signals = 'SIGTERM'): Promise<unknown> {
    const ended = once(this.#child, 'exit');
    this.#child.kill(signal);
    return ended;
  }
}
