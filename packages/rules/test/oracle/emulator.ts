import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Fields } from '@telestack/values';
import { restFields, restQuery } from './rest.ts';
import type { Claims, Request } from './scenario.ts';

const DEFAULT_PATH = '/usr/lib/google-cloud-sdk/platform/cloud-firestore-emulator/cloud_firestore_emulator';
const START_TIMEOUT = 60_000;
const REQUEST_TIMEOUT = 20_000;
const STOP_TIMEOUT = 5_000;

/** Where Google's emulator is; undefined when it is not installed. */
export function emulatorPath(): string | undefined {
  const path = process.env.FIRESTORE_EMULATOR_PATH ?? DEFAULT_PATH;
  return existsSync(path) ? path : undefined;
}

export interface Verdict {
  /** Undefined when the request was refused for what it is, and not by rules. */
  readonly allowed: boolean | undefined;
  readonly message: string;
}

/** Google's emulator over REST. One project per ruleset keeps them apart. */
export class Emulator implements AsyncDisposable {
  readonly #url: string;
  readonly #child: ChildProcess | undefined;

  private constructor(url: string, child: ChildProcess | undefined) {
    this.#url = url;
    this.#child = child;
  }

  /** One that runs already, at `host:port`. */
  static at(target: string): Emulator {
    return new Emulator(`http://${target}`, undefined);
  }

  static async start(path: string): Promise<Emulator> {
    const port = await freePort();
    // A group of its own: the emulator is a shell script with a Java child.
    const child = spawn(path, ['start', '--host=127.0.0.1', `--port=${port}`], {
      stdio: 'ignore',
      detached: true,
    });
    const emulator = new Emulator(`http://127.0.0.1:${port}`, child);
    const deadline = Date.now() + START_TIMEOUT;
    while (!(await emulator.#answers())) {
      if (Date.now() > deadline || child.exitCode !== null) {
        await emulator[Symbol.asyncDispose]();
        throw new Error('the emulator does not start');
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return emulator;
  }

  /** The problems, or undefined when the rules were taken. */
  async setRules(project: string, content: string): Promise<string | undefined> {
    const body = { rules: { files: [{ name: 'firestore.rules', content }] } };
    const reply = await this.#call('PUT', `/emulator/v1/projects/${project}:securityRules`, body);
    return reply.status === 200 ? undefined : errorOf(reply.json);
  }

  /** Makes these documents the only ones among `paths`. */
  async put(project: string, documents: { readonly [path: string]: Fields }, absent: readonly string[] = []) {
    const writes = [
      ...Object.entries(documents).map(([path, fields]) => ({
        update: { name: nameOf(project, path), fields: restFields(fields) },
      })),
      ...absent.map((path) => ({ delete: nameOf(project, path) })),
    ];
    const reply = await this.#documents(project, 'POST', ':commit', { writes }, 'Bearer owner');
    if (reply.status !== 200) throw new Error(`set-up failed: ${errorOf(reply.json)}`);
  }

  async request(project: string, request: Request): Promise<Verdict> {
    const reply = await this.#send(project, request);
    const message = reply.status === 200 ? '' : errorOf(reply.json);
    // A document that is not there was allowed to be looked for.
    if (reply.status === 200 || reply.status === 404) return { allowed: true, message };
    return { allowed: reply.status === 403 ? false : undefined, message };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    process.kill(-child.pid, 'SIGTERM');
    const timer = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), STOP_TIMEOUT);
    await ended;
    clearTimeout(timer);
  }

  #send(project: string, request: Request): Promise<Reply> {
    const token = bearer(request.as);
    switch (request.op) {
      case 'get':
        return this.#documents(project, 'GET', `/${encodeURI(request.path)}`, undefined, token);
      case 'delete':
        return this.#write(project, { delete: nameOf(project, request.path) }, token);
      case 'set': {
        const update = { name: nameOf(project, request.path), fields: restFields(request.data) };
        const mask = request.mask && { updateMask: { fieldPaths: request.mask } };
        return this.#write(project, { update, ...mask }, token);
      }
      case 'list': {
        const segments = request.collection.split('/');
        const parent = segments
          .slice(0, -1)
          .map((id) => `/${id}`)
          .join('');
        const structuredQuery = restQuery(segments.at(-1)!, request.query);
        return this.#documents(project, 'POST', `${parent}:runQuery`, { structuredQuery }, token);
      }
    }
  }

  #write(project: string, write: object, token: string | undefined): Promise<Reply> {
    return this.#documents(project, 'POST', ':commit', { writes: [write] }, token);
  }

  #documents(project: string, method: string, path: string, body: unknown, token: string | undefined) {
    const prefix = `/v1/projects/${project}/databases/(default)/documents`;
    return this.#call(method, prefix + path, body, project, token);
  }

  async #call(method: string, path: string, body: unknown, project = '', token?: string): Promise<Reply> {
    const text =
      body === undefined ? undefined : JSON.stringify(body).replaceAll('projects/P/', `projects/${project}/`);
    const response = await fetch(this.#url + path, {
      method,
      headers: { 'content-type': 'application/json', ...(token !== undefined && { authorization: token }) },
      ...(text !== undefined && { body: text }),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT),
    });
    return { status: response.status, json: await response.json() };
  }

  async #answers(): Promise<boolean> {
    try {
      return (await fetch(this.#url, { signal: AbortSignal.timeout(1_000) })).ok;
    } catch {
      return false;
    }
  }
}

interface Reply {
  readonly status: number;
  readonly json: unknown;
}

function errorOf(json: unknown): string {
  const first = (Array.isArray(json) ? json[0] : json) as { error?: { message?: string } } | undefined;
  return (first?.error?.message ?? JSON.stringify(json)).trim();
}

const nameOf = (project: string, path: string): string =>
  `projects/${project}/databases/(default)/documents/${path}`;

/** A token that the emulator takes: nobody has signed it. */
function bearer(claims: Claims): string | undefined {
  if (claims === null) return undefined;
  const part = (json: object): string => Buffer.from(JSON.stringify(json)).toString('base64url');
  return `Bearer ${part({ alg: 'none', typ: 'JWT' })}.${part(claims)}.`;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        address !== null && typeof address === 'object'
          ? resolve(address.port)
          : reject(new Error('no port')),
      );
    });
  });
}
