import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import type { KubeConfig } from '@kubernetes/client-node';
import { type ApiError, apiErrorOf, ApiError as Failure } from './api-error.ts';
import { type Connection, ConnectionPool } from './connection.ts';
import type { KubeObject, ObjectList } from './object.ts';
import { apiVersionOf, collectionPath, objectPath, type Resource } from './resource.ts';
import { readWatch, type WatchEvent } from './watch-stream.ts';

type Query = Record<string, string | number | boolean | undefined>;

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Query;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly signal?: AbortSignal;
}

export interface ClientOptions {
  readonly userAgent?: string;
  /** Requests at once, watches aside. */
  readonly maxConcurrency?: number;
  readonly timeoutMs?: number;
  /** Told of every answer. `status` 0: none came. */
  onResponse?(call: { method: string; path: string; status: number; seconds: number }): void;
}

const ATTEMPTS = 4;
/** A watch is silent for a minute at most when bookmarks are on; a peer that vanished without a word is found out by this. */
const WATCH_IDLE_MS = 150_000;
const MAX_RETRY_AFTER_MS = 10_000;

/** Requests to one API server: JSON in, JSON out, typed errors. It keeps credentials fresh, and waits when the server says so. */
export class ApiClient {
  readonly #pool: ConnectionPool;
  readonly #options: ClientOptions;

  constructor(config: KubeConfig, options: ClientOptions = {}) {
    this.#pool = new ConnectionPool(config, options.maxConcurrency ?? 32);
    this.#options = options;
  }

  /** One request. ApiError when it is refused or does not get through; 429 and 503 are retried as the server asks. */
  async request<T>(call: Call): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        const response = await this.#send(call, attempt > 1, this.#options.timeoutMs ?? 30_000);
        const body = await readBody(response);
        return (body === '' ? undefined : JSON.parse(body)) as T;
      } catch (error) {
        const waitMs = error instanceof Failure ? retryDelay(error, attempt) : undefined;
        if (waitMs === undefined) throw error;
        await delay(waitMs, undefined, { signal: call.signal });
      }
    }
  }

  get<T extends KubeObject>(
    resource: Resource,
    namespace: string | undefined,
    name: string,
    signal?: AbortSignal,
  ): Promise<T> {
    return this.request<T>({ method: 'GET', path: objectPath(resource, namespace, name), signal });
  }

  list<T extends KubeObject>(
    resource: Resource,
    options: { namespace?: string; query?: Query; signal?: AbortSignal } = {},
  ): Promise<ObjectList<T>> {
    const path = collectionPath(resource, options.namespace);
    return this.request<ObjectList<T>>({ method: 'GET', path, query: options.query, signal: options.signal });
  }

  create<T extends KubeObject>(
    resource: Resource,
    object: Omit<T, 'apiVersion' | 'kind'>,
    signal?: AbortSignal,
  ): Promise<T> {
    const path = collectionPath(resource, (object.metadata as { namespace?: string }).namespace);
    const body = { ...object, apiVersion: apiVersionOf(resource), kind: resource.kind };
    return this.request<T>({ method: 'POST', path, body, signal });
  }

  /** Writes it back whole; 409 when it was changed since it was read. */
  replace<T extends KubeObject>(resource: Resource, object: T, signal?: AbortSignal): Promise<T> {
    const { namespace, name } = object.metadata;
    const body = { ...object, apiVersion: apiVersionOf(resource), kind: resource.kind };
    return this.request<T>({ method: 'PUT', path: objectPath(resource, namespace, name), body, signal });
  }

  /** JSON merge patch. */
  merge<T extends KubeObject>(
    resource: Resource,
    namespace: string | undefined,
    name: string,
    patch: object,
    options: { subresource?: 'status'; signal?: AbortSignal } = {},
  ): Promise<T> {
    const path =
      objectPath(resource, namespace, name) + (options.subresource ? `/${options.subresource}` : '');
    const contentType = 'application/merge-patch+json';
    return this.request<T>({ method: 'PATCH', path, body: patch, contentType, signal: options.signal });
  }

  /** Resolves when it is marked for deletion. `uid`: only that very object. */
  async delete(
    resource: Resource,
    namespace: string | undefined,
    name: string,
    options: { uid?: string; signal?: AbortSignal } = {},
  ): Promise<void> {
    const body = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      propagationPolicy: 'Background',
      ...(options.uid === undefined ? {} : { preconditions: { uid: options.uid } }),
    };
    const path = objectPath(resource, namespace, name);
    await this.request({ method: 'DELETE', path, body, signal: options.signal });
  }

  /** Events of a collection until the server ends the watch; throws ApiError when it breaks. */
  async *watch<T extends KubeObject>(
    resource: Resource,
    options: { namespace?: string; query: Query; signal: AbortSignal },
  ): AsyncGenerator<WatchEvent<T>> {
    const response = await this.#send(
      {
        method: 'GET',
        path: collectionPath(resource, options.namespace),
        query: { ...options.query, watch: true },
        signal: options.signal,
      },
      false,
      WATCH_IDLE_MS,
      'watchAgent',
    );
    yield* readWatch<T>(response);
  }

  close(): void {
    this.#pool.close();
  }

  async #send(
    call: Call,
    isRetry: boolean,
    idleMs: number,
    agent: 'agent' | 'watchAgent' = 'agent',
  ): Promise<IncomingMessage> {
    const startedAt = performance.now();
    let status = 0;
    try {
      const response = await exchange(
        await this.#pool.get(isRetry),
        call,
        idleMs,
        agent,
        this.#options.userAgent,
      );
      status = response.statusCode ?? 0;
      if (status >= 200 && status < 300) return response;
      const body = await readBody(response);
      throw apiErrorOf(status, body, `${call.method} ${call.path}`, response.headers['retry-after']);
    } finally {
      this.#options.onResponse?.({
        method: agent === 'watchAgent' ? 'WATCH' : call.method,
        path: call.path,
        status,
        seconds: (performance.now() - startedAt) / 1_000,
      });
    }
  }
}

function exchange(
  { server, headers, ...agents }: Connection,
  call: Call,
  idleMs: number,
  agent: 'agent' | 'watchAgent',
  userAgent = 'telestack-controller',
): Promise<IncomingMessage> {
  const url = new URL(server.pathname.replace(/\/$/, '') + call.path, server);
  for (const [name, value] of Object.entries(call.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  const body = call.body === undefined ? undefined : JSON.stringify(call.body);
  const what = `${call.method} ${url.pathname}`;
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      {
        method: call.method,
        agent: agents[agent],
        signal: call.signal,
        timeout: idleMs,
        headers: {
          ...headers,
          Accept: 'application/json',
          'User-Agent': userAgent,
          ...(body === undefined
            ? {}
            : {
                'Content-Type': call.contentType ?? 'application/json',
                'Content-Length': Buffer.byteLength(body),
              }),
        },
      },
      resolve,
    );
    outgoing.once('timeout', () => outgoing.destroy(new Error(`no answer for ${idleMs} ms`)));
    outgoing.once('error', (cause) =>
      reject(new Failure(0, 'Unreachable', `${what} got no answer: ${cause.message}.`, { cause })),
    );
    outgoing.end(body);
  });
}

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of response) chunks.push(chunk as Buffer);
  } catch (cause) {
    throw new Failure(0, 'Unreachable', 'The API server broke off its answer.', { cause });
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** How long to wait before the next attempt; undefined when there is none. 401: the token may just have been replaced. */
function retryDelay(error: ApiError, attempt: number): number | undefined {
  if (attempt >= ATTEMPTS) return undefined;
  if (error.status === 401) return attempt === 1 ? 0 : undefined;
  if (error.status !== 429 && error.status !== 503) return undefined;
  const askedMs = Math.min(error.retryAfterMs ?? 0, MAX_RETRY_AFTER_MS);
  return Math.max(askedMs, 100 * 2 ** attempt) * (1 + Math.random() * 0.2);
}
