import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const MAIN = join(import.meta.dirname, '../../src/main.ts');

export interface OperatorCounts {
  /** Requests for projects; watches and leases, which do not grow with them, aside. */
  readonly requests: number;
  /** Objects written because they were not as they should be. */
  readonly writes: number;
  /** Whole lists. */
  readonly lists: number;
  readonly reconciles: number;
  readonly cpuSeconds: number;
}

export interface OperatorProcessOptions {
  readonly kubeconfig: string;
  readonly port: number;
  readonly logFile: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** An operator as it runs in a cluster: a process of its own, known by its metrics. */
export class OperatorProcess {
  readonly #child: ChildProcess;
  readonly #url: string;
  readonly #ended: Promise<unknown>;

  constructor({ kubeconfig, port, logFile, env = {} }: OperatorProcessOptions) {
    const log = openSync(logFile, 'a');
    this.#url = `http://127.0.0.1:${port}`;
    this.#child = spawn(process.execPath, ['--max-old-space-size=1024', MAIN], {
      env: {
        PATH: process.env.PATH,
        KUBECONFIG: kubeconfig,
        HOST: '127.0.0.1',
        PORT: String(port),
        IMAGE_SERVICES: 'telestack:1',
        ...env,
      },
      stdio: ['ignore', log, log],
    });
    this.#ended = once(this.#child, 'exit');
  }

  async ready(): Promise<void> {
    for (let i = 0; i < 600; i++) {
      const isReady = await fetch(`${this.#url}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      );
      if (isReady) return;
      if (this.#child.exitCode !== null) break;
      await delay(100);
    }
    throw new Error('The operator did not get ready.');
  }

  async isLeading(): Promise<boolean> {
    const { text } = await this.#metrics();
    return /^controller_is_leader 1$/m.test(text);
  }

  /** Resident memory, in MB. */
  memory(): number {
    const kB = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.#child.pid}/status`, 'utf8'))?.[1];
    return Number(kB) / 1024;
  }

  /** All since its start. */
  async counts(): Promise<OperatorCounts> {
    const { sum } = await this.#metrics();
    return {
      requests: sum(
        'controller_api_requests_total',
        (labels) => !/method="WATCH"|resource="leases"/.test(labels),
      ),
      writes: sum('controller_applies_total'),
      lists: sum('controller_informer_lists_total'),
      reconciles: sum('controller_reconcile_total'),
      cpuSeconds: sum('process_cpu_seconds_total'),
    };
  }

  /** SIGSTOP and SIGCONT take effect at once; with others, resolves when the process has ended. */
  async signal(signal: NodeJS.Signals): Promise<void> {
    this.#child.kill(signal);
    if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') await this.#ended;
  }

  async #metrics() {
    const text = await (await fetch(`${this.#url}/metrics`)).text();
    const sum = (name: string, isCounted: (labels: string) => boolean = () => true) =>
      [...text.matchAll(new RegExp(`^${name}(\\{[^}]*\\})? ([0-9.e+]+)$`, 'gm'))]
        .filter(([, labels = '']) => isCounted(labels))
        .reduce((total, [, , value]) => total + Number(value), 0);
    return { text, sum };
  }
}
