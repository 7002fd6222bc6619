import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { Endpoint } from './endpoint.ts';

const DEFAULT_PATH = '/usr/lib/google-cloud-sdk/platform/cloud-firestore-emulator/cloud_firestore_emulator';
const START_TIMEOUT = 60_000;
const STOP_TIMEOUT = 5_000;

/** Where Google's emulator is: FIRESTORE_EMULATOR_PATH, or the Cloud SDK's place. Undefined when it is not installed. */
export function emulatorPath(): string | undefined {
  const path = process.env.FIRESTORE_EMULATOR_PATH ?? DEFAULT_PATH;
  return existsSync(path) ? path : undefined;
}

export interface Emulator extends AsyncDisposable {
  target: string;
}

/** Starts an emulator and waits until it answers; disposing ends it and what it started. */
export async function startEmulator(port: number, flags: readonly string[] = []): Promise<Emulator> {
  const path = emulatorPath();
  if (!path) throw new Error('no emulator: set FIRESTORE_EMULATOR_PATH');
  const target = `127.0.0.1:${port}`;
  // A group of its own: the emulator is a shell script with a Java child.
  const child = spawn(path, ['start', '--host=127.0.0.1', `--port=${port}`, ...flags], {
    stdio: 'ignore',
    detached: true,
  });
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code) =>
      reject(new Error(`the emulator ended with ${code}; is port ${port} in use?`)),
    );
  });
  failed.catch(() => {});
  const emulator: Emulator = { target, [Symbol.asyncDispose]: () => stop(child) };
  try {
    using endpoint = new Endpoint('emulator', target, 1);
    await Promise.race([endpoint.ready(START_TIMEOUT), failed]);
    return emulator;
  } catch (error) {
    await stop(child);
    throw error;
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const signal = (name: NodeJS.Signals) => {
    try {
      process.kill(-child.pid!, name);
    } catch {
      // The group is gone already.
    }
  };
  signal('SIGTERM');
  const timer = setTimeout(() => signal('SIGKILL'), STOP_TIMEOUT);
  await ended;
  clearTimeout(timer);
}
