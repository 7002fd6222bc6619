import type { Principal } from '@telestack/rpc';
import type { Fields } from '@telestack/values';
import { type Bridge, createBridge } from '../../src/bridge.ts';
import type { BridgeConfig } from '../../src/config.ts';
import { FakeChanges } from './fake-changes.ts';
import { FakeDocstore } from './fake-docstore.ts';
import { FakePrincipals } from './fake-principals.ts';
import { ListenClient } from './listen-client.ts';
import { ManualTimers, settle } from './manual-timers.ts';
import { ModelStore } from './model-store.ts';

export const DATABASE = 'demo/(default)';

/** A bridge over a model store, with every clock and every latency in the test's hands. */
export class Harness {
  readonly timers: ManualTimers;
  readonly store: ModelStore;
  readonly docstore: FakeDocstore;
  readonly changes: FakeChanges;
  readonly principals = new FakePrincipals();
  readonly logged: string[] = [];
  readonly clients: ListenClient[] = [];
  readonly #config: Partial<BridgeConfig>;
  bridge: Bridge;

  constructor(config: Partial<BridgeConfig> = {}, random?: () => number) {
    this.timers = new ManualTimers(undefined, random);
    this.store = new ModelStore(DATABASE, () => this.timers.now());
    this.docstore = new FakeDocstore(this.store, this.timers);
    this.changes = new FakeChanges(this.store);
    this.#config = config;
    this.bridge = this.#start();
  }

  #start(): Bridge {
    return createBridge({
      docstore: this.docstore.client,
      changes: this.changes,
      principals: this.principals,
      config: { resyncJitter: 10, ...this.#config },
      timers: this.timers,
      log: (level, message, details) => {
        const { error } = details ?? {};
        this.logged.push(`${level} ${message} ${error instanceof Error ? error.stack : ''}`);
      },
    });
  }

  client(principal?: Principal): ListenClient {
    const client = new ListenClient(this.bridge, DATABASE, principal);
    this.clients.push(client);
    return client;
  }

  set(path: string, fields: Fields): void {
    this.write({ [path]: fields });
  }

  /** Commits and publishes. */
  write(documents: Record<string, Fields | undefined>): void {
    this.commit(documents);
    this.changes.publish();
  }

  /** Commits; the change stream does not hear of it yet. */
  commit(documents: Record<string, Fields | undefined>): void {
    this.store.commit(Object.entries(documents).map(([path, fields]) => ({ path, fields })));
  }

  /** Lets everything happen that waits for nothing. */
  async settle(): Promise<void> {
    await settle();
    await settle();
  }

  async restart(): Promise<void> {
    await this.bridge.close();
    this.bridge = this.#start();
    await this.settle();
  }

  /** Throws what a client has found wrong. */
  check(): void {
    for (const { failure } of this.clients) if (failure) throw failure;
  }

  /** Ends everything, and fails if anything is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.changes.resume();
    for (const client of this.clients) client.abort();
    await this.settle();
    const counts = this.bridge.counts();
    await this.bridge.close();
    await this.settle();
    this.check();
    const leaks = { ...counts, timers: this.timers.pending, consumers: this.changes.consumers };
    if (Object.values(leaks).some((count) => count !== 0))
      throw new Error(`left over: ${JSON.stringify(leaks)}`);
  }
}
