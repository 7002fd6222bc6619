import type { Endpoint, Failure, Stream } from '../endpoint.ts';
import type { Message } from '../wire.ts';
import { BARRIER, BARRIER_TARGET, type ListenTarget } from './case.ts';
import { type Snapshot, type TargetView, View } from './view.ts';

const WAIT = 5_000;

/** One Listen stream of a case, with what the client keeps over reconnections. */
export class Session {
  readonly view = new View();
  ended: Failure | undefined;
  readonly #database: string;
  readonly #project: string;
  readonly #stream: Stream;
  readonly #waiting = new Set<() => void>();

  constructor(endpoint: Endpoint, project: string) {
    this.#project = project;
    this.#database = `projects/${project}/databases/(default)`;
    this.#stream = endpoint.open('Listen', this.#database, {
      onMessage: (message) => {
        this.view.receive(message);
        this.#wake();
      },
      onEnd: (failure) => {
        this.ended = failure;
        this.#wake();
      },
    });
  }

  #wake(): void {
    for (const check of this.#waiting) check();
  }

  /** Waits for a condition; false when the stream ends first or nothing comes for too long. */
  async #until(condition: () => boolean): Promise<boolean> {
    if (condition()) return true;
    return new Promise((resolve) => {
      const finish = (result: boolean) => {
        clearTimeout(timer);
        this.#waiting.delete(check);
        resolve(result);
      };
      const check = () => {
        if (condition()) finish(true);
        else if (this.ended) finish(false);
      };
      const timer = setTimeout(() => finish(false), WAIT);
      this.#waiting.add(check);
    });
  }

  /** Sends a target and waits until it is current in a snapshot, or refused. */
  async add(target: ListenTarget, known?: TargetView, expectCount = false): Promise<boolean> {
    const request: Message = { ...target };
    if (known?.resumeToken) {
      request.resumeToken = known.resumeToken;
      if (expectCount && known.documents.size > 0) request.expectedCount = { value: known.documents.size };
    }
    this.view.sent(target.targetId, known);
    const before = this.view.snapshots.length;
    this.#stream.send({ database: this.#database, addTarget: request });
    const current = await this.#until(() => {
      const state = this.view.targets.get(target.targetId)!.state;
      if (state === 'removed') return true;
      return this.view.snapshots.slice(before).some((snapshot) => snapshot.targets.has(target.targetId));
    });
    const mismatch = this.view.targets.get(target.targetId)?.mismatch;
    if (!current || !mismatch) return current;
    await this.remove(target.targetId);
    return this.add(target);
  }

  async remove(targetId: number): Promise<boolean> {
    this.#stream.send({ database: this.#database, removeTarget: targetId });
    return this.#until(() => this.view.targets.get(targetId)?.state === 'removed');
  }

  /** The first snapshot that has the barrier document in its newest state. */
  async barrier(count: number): Promise<Snapshot | undefined> {
    const name = BARRIER.replace('{project}', this.#project);
    const find = () =>
      this.view.snapshots.find((snapshot) => {
        const fields = snapshot.targets.get(BARRIER_TARGET)?.get(name)?.fields as Message | undefined;
        return (fields?.count as Message | undefined)?.integerValue === String(count);
      });
    await this.#until(() => find() !== undefined);
    return find();
  }

  async close(): Promise<void> {
    if (this.ended) return;
    // Not cancelled: the emulator fails commits while it notices that a listener is gone.
    this.#stream.end();
    if (await this.#until(() => this.ended !== undefined)) return;
    this.#stream.cancel();
    await this.#until(() => this.ended !== undefined);
  }
}
