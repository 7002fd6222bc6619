import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { invalidArgument } from '@telestack/errors';
import type { Log } from '@telestack/launch';
import { describeError } from '../describe-error.ts';
import type { ReleasesClient } from './releases-client.ts';

export interface WatchedRulesOptions {
  readonly file: string;
  /** What the file's rules are for: "cloud.firestore", "firebase.storage/{bucket}". */
  readonly release: string;
  readonly releases: ReleasesClient;
  readonly log: Log;
  readonly intervalMs?: number;
}

export interface WatchedRules {
  close(): Promise<void>;
}

/** Rules are small: reading them tells more surely than a watcher what editors do, which replace files rather than write to them. */
const INTERVAL_MS = 300;

/**
 * Deploys a file of rules now and whenever it changes, until closed. Later rules that do not compile are told of, and the ones before stay in force.
 * @throws StatusError INVALID_ARGUMENT when the file cannot be read or does not compile now
 */
export async function watchRules(options: WatchedRulesOptions): Promise<WatchedRules> {
  const { file, release, releases, log, intervalMs = INTERVAL_MS } = options;
  const path = resolve(file);
  const name = basename(path);
  const deploy = async (source: string): Promise<void> => {
    try {
      if (await releases.deploy(release, name, source)) log(`Rules of ${file} are in force`);
    } catch (error) {
      throw invalidArgument(`${file}: ${describeError(error)}`, { cause: error });
    }
  };
  let seen = await readRules(path).catch((cause: unknown) => {
    throw invalidArgument(`The rules ${file} cannot be read.`, { cause });
  });
  await deploy(seen);
  const stopped = new AbortController();
  let told = '';
  const tell = (problem: string) => {
    if (problem !== told && problem !== '') log(problem);
    told = problem;
  };
  const run = async () => {
    for (;;) {
      await delay(intervalMs, undefined, { signal: stopped.signal });
      // While an editor replaces it, it may be away or empty for a moment.
      const source = await readRules(path).catch(() => '');
      if (source === seen || source.trim() === '') continue;
      try {
        await deploy(source);
        seen = source;
        tell('');
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        tell(`${message}\nThe rules before stay in force.`);
      }
    }
  };
  const running = run().catch(() => {});
  return {
    async close() {
      stopped.abort();
      await running;
    },
  };
}

const readRules = (path: string): Promise<string> => readFile(path, 'utf8');
