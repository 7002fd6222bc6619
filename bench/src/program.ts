import type { Firestore } from '@google-cloud/firestore';
import type { Pool } from 'pg';
import type { Budget } from './load.ts';
import type { Flag, Options } from './options.ts';
import type { Sample } from './sample.ts';

export interface Context {
  firestore: Firestore;
  /** `host:port` of the target, for programs that speak the protocol themselves. */
  host: string;
  options: Options;
  /** Progress lines, on stderr, with the target's name. */
  log: (line: string) => void;
}

/** One row of the table for each target. */
export interface Case<State> {
  name: string;
  run: (state: State, budget: Budget) => Promise<Sample>;
  /** The same bytes at the same concurrency through `pg` alone: what the disk and PostgreSQL allow. */
  baseline?: (pool: Pool, budget: Budget) => Promise<Sample>;
}

export interface Program<State> {
  name: string;
  help: string;
  flags: Record<string, Flag>;
  /** Titles of the program's own columns, by key of `Sample.extra`. */
  columns?: Record<string, string>;
  /** Keep the data for the next run (large sets); otherwise the project is cleared at both ends. */
  keepsData?: boolean;
  /** Runs against PostgreSQL alone, without any target. */
  baselineOnly?: boolean;
  /** Runs once in each target's process, before the first case. */
  prepare: (context: Context) => Promise<State>;
  cases: (options: Options) => Case<State>[];
}

/** The name of the baseline among the targets. */
export const BASELINE = 'raw pg';

/** What the coordinator sends to a target's process. */
export type Command = { kind: 'run'; case: number; budget: Budget } | { kind: 'stop' };

/** What a target's process answers. */
export type Reply =
  | { kind: 'ready'; notes: string[] }
  | { kind: 'sample'; sample: Sample }
  | { kind: 'failed'; message: string };
