import type { ConsumeOptions, Consumption, StoredMessage } from '@telestack/bus';
import { unavailable } from '@telestack/errors';
import { ChangeBatch } from '@telestack/protos/telestack/changes/v1/changes.ts';
import type { ChangeSource } from '../../src/bridge.ts';
import type { ModelCommit, ModelStore } from './model-store.ts';

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

export interface PublishOptions {
  /** Changes in a part. */
  readonly partSize?: number;
  /** Whether documents are left out of the message. */
  readonly isReference?: (path: string) => boolean;
}

/** The change stream of a model store: publishes what was committed since the last time, and can lose it. */
export class FakeChanges implements ChangeSource {
  readonly #store: ModelStore;
  readonly #messages: { sequence: number; bytes: Uint8Array }[] = [];
  readonly #consumers = new Set<ConsumeOptions>();
  #sequence = 0;
  #published = 0;
  #previousTime = 0;
  #delivery = Promise.resolve();
  /** While false, messages are stored and reach nobody. */
  isDelivering = true;
  #undelivered: (() => Promise<void>)[] = [];
  isAvailable = true;

  constructor(store: ModelStore) {
    this.#store = store;
    this.#previousTime = store.time;
  }

  get consumers(): number {
    return this.#consumers.size;
  }

  async last(): Promise<StoredMessage | undefined> {
    if (!this.isAvailable) throw unavailable('no stream');
    const message = this.#messages.at(-1);
    return message && { ...message, headers: undefined as never };
  }

  async consume(options: ConsumeOptions): Promise<Consumption> {
    if (!this.isAvailable) throw unavailable('no stream');
    const done = Promise.withResolvers<void>();
    this.#consumers.add(options);
    const { start } = options;
    if (typeof start === 'object' && 'sequence' in start) {
      for (const message of this.#messages.filter(({ sequence }) => sequence >= start.sequence)) {
        this.#deliver(options, message);
      }
    }
    return {
      done: done.promise,
      close: async () => {
        this.#consumers.delete(options);
        done.resolve();
      },
    };
  }

  /** Publishes all commits that were not published yet, in one batch. */
  publish(options: PublishOptions = {}): void {
    const commits = this.#store.commits.slice(this.#published);
    this.#published = this.#store.commits.length;
    const last = commits.at(-1);
    if (!last) return;
    for (const batch of this.#batches(commits, last.time, options)) {
      const message = { sequence: ++this.#sequence, bytes: ChangeBatch.encode(batch).finish() };
      this.#messages.push(message);
      for (const consumer of this.#consumers) this.#deliver(consumer, message);
    }
    this.#previousTime = last.time;
  }

  /** Other rules for a project. */
  release(project: string): void {
    this.#store.advance(this.#store.time + 1);
    const { time } = this.#store;
    const batch = {
      time: BigInt(time),
      previousTime: BigInt(this.#previousTime),
      lsn: 0n,
      part: 0,
      lastPart: true,
      commits: [],
      releasedProjects: [project],
    };
    const message = { sequence: ++this.#sequence, bytes: ChangeBatch.encode(batch).finish() };
    this.#messages.push(message);
    for (const consumer of this.#consumers) this.#deliver(consumer, message);
    this.#previousTime = time;
  }

  /** What was committed and not published will never be seen. */
  lose(): void {
    const commits = this.#store.commits.slice(this.#published);
    this.#published = this.#store.commits.length;
    this.#previousTime = commits.at(-1)?.time ?? this.#previousTime;
  }

  /** The stream is gone and was made anew. */
  wipe(): void {
    this.#messages.length = 0;
    this.#sequence = 0;
    for (const consumer of this.#consumers) {
      this.#enqueue(async () => {
        await consumer.onReset?.('recreated');
      });
    }
  }

  /** What was held back is gone. */
  discard(): void {
    this.#undelivered = [];
  }

  /** Delivers what was held back. */
  resume(): void {
    this.isDelivering = true;
    for (const work of this.#undelivered.splice(0)) this.#enqueue(work);
  }

  *#batches(
    commits: readonly ModelCommit[],
    time: number,
    { partSize = 1_000, isReference }: PublishOptions,
  ) {
    const changes = commits.flatMap((commit) =>
      commit.changes.map(({ path, document }) => ({
        commit,
        change: {
          path,
          state: !document
            ? ({ $case: 'deleted', deleted: true } as const)
            : isReference?.(path)
              ? ({ $case: 'reference', reference: true } as const)
              : ({ $case: 'data', data: json(document.fields) } as const),
          createTime: BigInt(document?.createTime ?? 0),
        },
      })),
    );
    const parts = Math.max(1, Math.ceil(changes.length / partSize));
    for (let part = 0; part < parts; part++) {
      const byCommit = new Map<ModelCommit, ReturnType<typeof changes.at>[]>();
      for (const item of changes.slice(part * partSize, (part + 1) * partSize)) {
        byCommit.set(item.commit, [...(byCommit.get(item.commit) ?? []), item]);
      }
      yield {
        time: BigInt(time),
        previousTime: BigInt(this.#previousTime),
        lsn: 0n,
        part,
        lastPart: part === parts - 1,
        releasedProjects: [],
        commits: [...byCommit].map(([commit, items]) => ({
          database: this.#store.database,
          time: BigInt(commit.time),
          changes: items.map((item) => item!.change),
          traceparent: '',
        })),
      };
    }
  }

  #deliver(consumer: ConsumeOptions, { sequence, bytes }: { sequence: number; bytes: Uint8Array }): void {
    const work = async () => {
      if (this.#consumers.has(consumer))
        await consumer.onMessage(bytes, { sequence, headers: undefined as never });
    };
    if (this.isDelivering) this.#enqueue(work);
    else this.#undelivered.push(work);
  }

  #enqueue(work: () => Promise<void>): void {
    this.#delivery = this.#delivery.then(work);
  }
}
