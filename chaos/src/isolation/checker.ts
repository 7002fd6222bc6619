import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const CHECKER = join(ROOT, 'chaos', 'isolation', 'checker');
const CONTROLS = join(ROOT, 'chaos', 'isolation', 'controls');
const TARGET = join(ROOT, '.cache', 'cargo', 'isolation-checker');
const BUILD_SECONDS = 600;

/** Where recorded histories go unless told otherwise. */
export const HISTORIES = join(ROOT, '.cache', 'chaos');

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

function start(command: string, args: string[], seconds: number): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: seconds * 1000 });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

export type Judgement = {
  verdict: 'valid' | 'anomaly' | 'unknown';
  anomalies: string[];
  explanation: string;
};

/** The checker, built when it is not there yet. */
export class IsolationChecker {
  readonly #binary = join(TARGET, 'release', 'isolation-checker');

  /** Builds the checker; returns why it cannot be had (no cargo, or no way to get its crates), or undefined. */
  async build(): Promise<string | undefined> {
    const args = ['build', '--quiet', '--locked', '--release', '--target-dir', TARGET];
    try {
      const built = await start(
        'cargo',
        [...args, '--manifest-path', join(CHECKER, 'Cargo.toml')],
        BUILD_SECONDS,
      );
      return built.code === 0 ? undefined : `cargo build failed: ${built.stderr.trim().split('\n').at(-1)}`;
    } catch {
      return 'no cargo';
    }
  }

  async judge(path: string): Promise<Judgement> {
    const { code, stdout, stderr } = await start(this.#binary, [path], 600);
    if (code === null || code > 2) throw new Error(`the checker failed on ${path}: ${stderr}`);
    const { verdict, anomalies } = JSON.parse(stdout) as Pick<Judgement, 'verdict' | 'anomalies'>;
    return { verdict, anomalies, explanation: stderr.trim() };
  }

  /** The histories that are known to be broken (and one that is not), by name. */
  controls(): { name: string; path: string; broken: boolean }[] {
    return readdirSync(CONTROLS)
      .sort()
      .map((file) => ({ name: file, path: join(CONTROLS, file), broken: file !== 'valid.jsonl' }));
  }
}
