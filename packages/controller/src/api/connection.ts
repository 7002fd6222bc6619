import { Agent, type AgentOptions, type RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { failedPrecondition } from '@telestack/errors';

export interface Connection {
  /** Where the API server is; may have a path. */
  readonly server: URL;
  readonly headers: Record<string, string>;
  /** For requests that end soon: bounded, so that a burst of work does not become a burst at the server. */
  readonly agent: Agent;
  /** For watches, which each hold a socket as long as they live. */
  readonly watchAgent: Agent;
}

/** Token files are replaced about every hour; exec plug-ins say themselves how long their tokens live. */
const REFRESH_MS = 60_000;
const TLS_OPTIONS = ['ca', 'cert', 'key', 'pfx', 'passphrase', 'servername', 'rejectUnauthorized'] as const;

/** Keeps the credentials of a kubeconfig fresh, and sockets open between requests. */
export class ConnectionPool {
  readonly #config: KubeConfig;
  readonly #maxSockets: number;
  #current: Promise<Connection> | undefined;
  #fetchedAt = 0;
  #fingerprint = '';
  #agents: { agent: Agent; watchAgent: Agent } | undefined;

  constructor(config: KubeConfig, maxSockets: number) {
    this.#config = config;
    this.#maxSockets = maxSockets;
  }

  /** The connection to use now. `fresh`: the server did not accept the last one. */
  get(fresh = false): Promise<Connection> {
    const isOld = performance.now() - this.#fetchedAt > REFRESH_MS;
    if (this.#current === undefined || isOld || fresh) {
      this.#fetchedAt = performance.now();
      this.#current = this.#load();
      this.#current.catch(() => {
        this.#current = undefined;
      });
    }
    return this.#current;
  }

  close(): void {
    this.#agents?.agent.destroy();
    this.#agents?.watchAgent.destroy();
  }

  async #load(): Promise<Connection> {
    const cluster = this.#config.getCurrentCluster();
    if (cluster === null) throw failedPrecondition('The kubeconfig names no cluster.');
    const options: RequestOptions = { headers: {} };
    await this.#config.applyToHTTPSOptions(options);
    const tls: AgentOptions = {};
    for (const name of TLS_OPTIONS)
      if (options[name] !== undefined) Object.assign(tls, { [name]: options[name] });
    const headers = { ...(options.headers as Record<string, string>) };
    if (typeof options.auth === 'string')
      headers.Authorization = `Basic ${Buffer.from(options.auth).toString('base64')}`;
    return { server: new URL(cluster.server), headers, ...this.#agentsFor(tls) };
  }

  #agentsFor(tls: AgentOptions): { agent: Agent; watchAgent: Agent } {
    const fingerprint = JSON.stringify(tls, (_key, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
    );
    if (this.#agents === undefined || fingerprint !== this.#fingerprint) {
      // Old sockets are let go with what still runs on them.
      const common = { ...tls, keepAlive: true, keepAliveMsecs: 15_000 };
      this.#agents = {
        agent: new Agent({ ...common, maxSockets: this.#maxSockets, maxFreeSockets: this.#maxSockets }),
        watchAgent: new Agent(common),
      };
      this.#fingerprint = fingerprint;
    }
    return this.#agents;
  }
}
