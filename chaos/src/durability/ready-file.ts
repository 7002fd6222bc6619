import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** A process of the platform under test. */
export interface Part {
  name: string;
  pid: number;
}

/** What the platform writes once its first request would succeed, and again whenever it has restarted a part. */
export interface Ready {
  endpoints: Record<string, string>;
  processes: Part[];
}

/** Reads the file; throws when it lacks what is needed here. */
export function readReady(path: string): Ready {
  const ready = JSON.parse(readFileSync(path, 'utf8')) as Partial<Ready>;
  const firestore = ready.endpoints?.firestore?.replace(/^\w+:\/\//, '');
  if (!firestore) throw new Error(`${path} names no endpoints.firestore`);
  const processes = (ready.processes ?? []).filter((part) => part.name && part.pid > 1);
  return { endpoints: { ...ready.endpoints, firestore }, processes };
}

/** The process that has written the file, and started all others. */
export function readPid(path: string): number {
  const { pid } = JSON.parse(readFileSync(path, 'utf8')) as { pid?: number };
  if (pid === undefined) throw new Error(`${path} names no pid`);
  return pid;
}

/** The file as it is when the platform is ready: it may be absent or half written for a moment while a part is restarted. */
export async function whenReady(path: string, seconds: number): Promise<Ready> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    try {
      return readReady(path);
    } catch (error) {
      if (performance.now() > end) throw error;
    }
    await delay(50);
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Waits until the file names another, living process for the part; false when that takes longer than `seconds`. */
export async function restarted(path: string, killed: Part, seconds: number): Promise<boolean> {
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    try {
      const now = readReady(path).processes.find((part) => part.name === killed.name);
      if (now && now.pid !== killed.pid && isAlive(now.pid)) return true;
    } catch {
      // The file may be half written at this moment.
    }
    await delay(50);
  }
  return false;
}
