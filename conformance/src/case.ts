import type { Json, Message, RpcName } from './wire.ts';

/** Stands for the project id in requests; every execution puts its own there. */
export const PROJECT = '{project}';
export const DATABASE = `projects/${PROJECT}/databases/(default)`;
export const ROOT = `${DATABASE}/documents`;

/** A value taken from an earlier step's result on the same server: `{ $from: ['step', 'responses', 0, 'transaction'] }`. */
export interface From {
  $from: [string, ...(string | number)[]];
}

export function from(step: string, ...path: (string | number)[]): Json {
  return { $from: [step, 'responses', 0, ...path] };
}

export interface Step {
  /** Names the step for `$from`. */
  id: string;
  rpc: RpcName;
  request: Message;
  /** Bidirectional calls: further requests, each sent when the one before was answered. */
  more?: Message[];
}

export interface Case {
  kind: string;
  /** Documents that exist before the first step, as writes. */
  setup: Message[];
  steps: Step[];
}

/** Cases that share a project. Cases of a suite must not disturb each other. */
export interface Suite {
  name: string;
  setup: Message[];
  cases: Case[];
}

/** Everything that makes one case run by itself in an empty project. */
export function standalone(suite: Suite, one: Case): Case {
  return { ...one, setup: [...suite.setup, ...one.setup] };
}
