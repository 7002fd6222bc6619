import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Firestore, type Query, type QuerySnapshot } from '@google-cloud/firestore';
import { JWT } from 'google-auth-library';
import { expect, inject } from 'vitest';
import { ROOT, runCommand } from './commands.ts';

export const environment = inject('environment');
export const CHART = 'helm/telestack';
const POLL_MS = 250;
const FORWARD_TIMEOUT_MS = 20_000;

export const kubectl = (...args: string[]) => runCommand('kubectl', args, environment);
export const helm = (...args: string[]) => runCommand('helm', args, environment);

/** An object of any kind, as the API gives it. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into objects of many kinds
export type Anything = any;

export async function get(kind: string, name: string, namespace: string): Promise<Anything> {
  return JSON.parse(await kubectl('get', kind, name, '--namespace', namespace, '--output', 'json'));
}

export async function list(kind: string, namespace: string, selector = ''): Promise<Anything[]> {
  const text = await kubectl(
    'get',
    kind,
    '--namespace',
    namespace,
    '--selector',
    selector,
    '--output',
    'json',
  );
  return JSON.parse(text).items;
}

/** Asks until the answer satisfies the assertions; throws what the last one said. */
export async function eventually<T>(look: () => Promise<T>, timeoutMs = 120_000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Small enough that several fit on one small machine; without the parts whose programs only come as images. */
export const SMALL = {
  centrifugo: { enabled: false },
  supertokens: { enabled: false },
  postgresql: {
    managed: { storage: { size: '1Gi' }, resources: { requests: { cpu: '50m', memory: '64Mi' } } },
  },
  storage: { managed: { storage: { size: '1Gi' }, resources: { requests: { cpu: '20m', memory: '64Mi' } } } },
  services: {
    compact: { resources: { requests: { cpu: '50m', memory: '128Mi' } } },
    gateway: { resources: { requests: { cpu: '20m', memory: '64Mi' } } },
    docstore: { resources: { requests: { cpu: '20m', memory: '64Mi' } } },
    identity: { resources: { requests: { cpu: '20m', memory: '64Mi' } } },
    realtimeBridge: { resources: { requests: { cpu: '20m', memory: '64Mi' } } },
    storage: { resources: { requests: { cpu: '20m', memory: '64Mi' } } },
  },
};

/** A namespace of a test's own; its deletion is waited for, so that the node is free for the next. */
export async function makeNamespace(name: string): Promise<AsyncDisposable & { readonly name: string }> {
  await kubectl('create', 'namespace', name);
  return {
    name,
    async [Symbol.asyncDispose]() {
      await kubectl('delete', 'tsp', '--all', '--namespace', name, '--timeout', '90s');
      await kubectl('delete', 'namespace', name, '--timeout', '120s');
    },
  };
}

/** Server-side apply, as a person with a file does it. */
export async function applyProject(namespace: string, name: string, spec: Anything): Promise<void> {
  const body = {
    apiVersion: 'telestack.dev/v1alpha1',
    kind: 'TelestackProject',
    metadata: { name, namespace },
    spec,
  };
  await runCommand(
    'sh',
    ['-euc', 'printf %s "$BODY" | kubectl apply --server-side --force-conflicts --filename -'],
    { ...environment, BODY: JSON.stringify(body) },
  );
}

/** Waits until the operator has seen the present spec and all is ready. */
export async function ready(namespace: string, name: string, timeoutMs = 180_000): Promise<Anything> {
  return eventually(async () => {
    const project = await get('tsp', name, namespace);
    expect(project.status?.observedGeneration).toBe(project.metadata.generation);
    const { status, message } = condition(project, 'Ready');
    expect(message === undefined ? status : `${status}: ${message}`).toMatch(/^True/);
    return project;
  }, timeoutMs);
}

export function condition(project: Anything, type: string): Anything {
  return project.status?.conditions?.find((it: Anything) => it.type === type) ?? {};
}

interface ProjectClient {
  readonly db: Firestore;
  readonly fetch: (path: string, init?: RequestInit) => Promise<Response>;
}

/** An administrator's client of the project, through a forwarded port. */
export async function connect(
  namespace: string,
  name: string,
  pod = `deploy/${name}-compact`,
): Promise<AsyncDisposable & ProjectClient> {
  const key = JSON.parse(
    await kubectl(
      ...['exec', '--namespace', namespace, pod, '--'],
      ...['node', 'services/identity/src/grant.ts', name, 'end-to-end'],
    ),
  );
  const gateway = await forward(namespace, `service/${name}-gateway`, 8080);
  const jwt = new JWT({ email: key.client_email, key: key.private_key, keyId: key.private_key_id });
  const headers = await jwt.getRequestHeaders('https://firestore.googleapis.com/');
  const Authorization = headers.get('Authorization') ?? '';
  const host = `127.0.0.1:${gateway.port}`;
  const db = new Firestore({ projectId: name, host, ssl: false, customHeaders: { Authorization } });
  return {
    db,
    fetch: (path, init) => fetch(`http://${host}${path}`, { ...init, headers: { Authorization } }),
    async [Symbol.asyncDispose]() {
      await db.terminate();
      await gateway[Symbol.asyncDispose]();
    },
  };
}

/** Makes a port of something in the cluster one of this machine. */
export async function forward(
  namespace: string,
  target: string,
  port: number,
): Promise<AsyncDisposable & { readonly port: number }> {
  const child = spawn('kubectl', ['port-forward', '--namespace', namespace, target, `:${port}`], {
    cwd: ROOT,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return {
    port: await forwardedPort(child.stdout),
    async [Symbol.asyncDispose]() {
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

/** Listens until it is disposed of, whatever comes. */
export function listen(query: Query, onNext: (snapshot: QuerySnapshot) => void): Disposable {
  const stop = query.onSnapshot(onNext);
  return { [Symbol.dispose]: stop };
}

async function forwardedPort(output: NodeJS.ReadableStream): Promise<number> {
  const lines = createInterface({ input: output });
  const [line] = await once(lines, 'line', { signal: AbortSignal.timeout(FORWARD_TIMEOUT_MS) });
  // It goes on to say what it forwards, and nobody reads that.
  output.resume();
  return Number(/:(\d+) ->/.exec(String(line))?.[1]);
}
