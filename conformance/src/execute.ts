import { type Case, PROJECT, type Step } from './case.ts';
import { type Endpoint, type Outcome, UNSENDABLE } from './endpoint.ts';
import type { Json, Message } from './wire.ts';

const DATABASE_PREFIX = /^projects\/[^/]+\/databases\/[^/]+/;
const SETUP_BATCH = 400;

/** Puts the project id and values of earlier results into a request. Unknown references vanish. */
function resolve(value: Json | undefined, project: string, results: Map<string, Outcome>): Json | undefined {
  if (typeof value === 'string') return value.includes(PROJECT) ? value.replaceAll(PROJECT, project) : value;
  if (Array.isArray(value)) return value.map((item) => resolve(item, project, results) ?? null);
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value.$from)) {
    const [step, ...path] = value.$from as [string, ...(string | number)[]];
    let found: unknown = results.get(step);
    for (const key of path) found = (found as Record<string | number, unknown> | undefined)?.[key];
    return found as Json | undefined;
  }
  const out: Message = {};
  for (const [key, item] of Object.entries(value)) {
    out[key.includes(PROJECT) ? key.replaceAll(PROJECT, project) : key] = resolve(item, project, results);
  }
  return out;
}

/** The database for the routing header, as an SDK would derive it. */
function databaseOf(request: Message): string {
  const document = request.document as Message | undefined;
  for (const name of [request.database, request.parent, request.name, document?.name]) {
    const match = typeof name === 'string' ? DATABASE_PREFIX.exec(name) : null;
    if (match && /^[\x20-\x7e]+$/.test(match[0])) return match[0];
  }
  return '';
}

/** Writes documents; throws when the server refuses, because nothing after it would mean anything. */
export async function prepare(endpoint: Endpoint, project: string, writes: Message[]): Promise<void> {
  const database = `projects/${project}/databases/(default)`;
  for (let at = 0; at < writes.length; at += SETUP_BATCH) {
    const batch = writes
      .slice(at, at + SETUP_BATCH)
      .map((write) => resolve(write, project, new Map()) ?? null);
    const outcome = await endpoint.call('Commit', { database, writes: batch }, database);
    if (outcome.code !== 'OK')
      throw new Error(`${endpoint.name}: setup failed: ${outcome.code} ${outcome.message}`);
  }
}

export interface Execution {
  requests: Message[];
  outcomes: Outcome[];
}

/** Changes a result before anything uses it. */
export type Rewrite = (step: Step, outcome: Outcome) => Outcome;

/** Runs the steps of a case one after the other. The setup must be there already. */
export async function execute(
  endpoint: Endpoint,
  project: string,
  one: Case,
  rewrite: Rewrite = (_step, outcome) => outcome,
): Promise<Execution> {
  const results = new Map<string, Outcome>();
  const requests: Message[] = [];
  const outcomes: Outcome[] = [];
  for (const step of one.steps) {
    const request = resolve(step.request, project, results) as Message;
    requests.push(request);
    let outcome: Outcome;
    if (step.request.pageToken !== undefined && request.pageToken === undefined) {
      // A client stops where there is no token. A server may as well give one and then an empty page.
      outcome = { code: 'OK', message: '', responses: [{}], skipped: true };
    } else if (step.rpc === 'Write') {
      const all = [request, ...(step.more ?? []).map((more) => resolve(more, project, results) as Message)];
      outcome = await converse(endpoint, databaseOf(request), all);
    } else {
      outcome = await endpoint.call(step.rpc, request, databaseOf(request));
    }
    outcome = rewrite(step, outcome);
    results.set(step.id, outcome);
    outcomes.push(outcome);
  }
  return { requests, outcomes };
}

const REPLY_TIMEOUT = 10_000;

/** A Write stream: sends each request when the one before was answered; `{ $token: true }` is the newest stream token. */
function converse(endpoint: Endpoint, database: string, requests: Message[]): Promise<Outcome> {
  return new Promise((done) => {
    const responses: Message[] = [];
    let sent = 0;
    const timer = setTimeout(() => stream.cancel(), REPLY_TIMEOUT);
    const next = () => {
      const request = requests[sent++];
      if (!request) return stream.end();
      const token = responses.at(-1)?.streamToken;
      const streamToken = request.streamToken === '$token' ? token : request.streamToken;
      try {
        stream.send({ ...request, streamToken });
      } catch (error) {
        clearTimeout(timer);
        stream.cancel();
        done({ code: UNSENDABLE, message: String(error), responses: [] });
      }
    };
    const stream = endpoint.open('Write', database, {
      onMessage: (message) => {
        responses.push(message);
        next();
      },
      onEnd: (failure) => {
        clearTimeout(timer);
        done({ ...failure, responses });
      },
    });
    next();
  });
}
