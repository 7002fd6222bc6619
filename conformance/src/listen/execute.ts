import { PROJECT } from '../case.ts';
import type { Endpoint } from '../endpoint.ts';
import { prepare } from '../execute.ts';
import { substitute } from '../substitute.ts';
import type { Json, Message } from '../wire.ts';
import { BARRIER, BARRIER_TARGET, barrierWrite, type ListenCase, type ListenTarget } from './case.ts';
import { Session } from './session.ts';
import type { Snapshot, TargetView } from './view.ts';

/** What a client has seen at one point of a case. */
export interface Checkpoint {
  after: string;
  /** Documents by target, or why there are none. */
  targets: Record<string, Json>;
}

export interface ListenTrace {
  checkpoints: Checkpoint[];
  violations: string[];
}

const BARRIER_ONLY: ListenTarget = { targetId: BARRIER_TARGET, documents: { documents: [BARRIER] } };

/** Runs one case on one server. */
class Run {
  readonly trace: ListenTrace = { checkpoints: [], violations: [] };
  readonly #endpoint: Endpoint;
  readonly #project: string;
  readonly #targets = new Map<number, ListenTarget>();
  #session: Session;
  #count = 0;
  #failed = false;

  constructor(endpoint: Endpoint, project: string) {
    this.#endpoint = endpoint;
    this.#project = project;
    this.#session = new Session(endpoint, project);
  }

  async run(one: ListenCase): Promise<ListenTrace> {
    try {
      await this.#add(BARRIER_ONLY);
      for (const target of one.targets) await this.#add(target);
      await this.#checkpoint('start', this.#session.view.snapshots.at(-1));
      for (const [index, action] of one.actions.entries()) {
        if (this.#session.ended || this.#failed) break;
        const label = `${index} ${action.do}`;
        if (action.do === 'add') await this.#add(action.target);
        else if (action.do === 'remove') await this.#remove(action.targetId);
        else if (action.do === 'commit') await this.#commit(action.writes);
        else await this.#reconnect(action.writes, action.expectCount);
        const barrier = action.do === 'commit' ? await this.#session.barrier(this.#count) : undefined;
        await this.#checkpoint(label, barrier ?? this.#session.view.snapshots.at(-1));
        if (action.do === 'commit' && !barrier) this.#violation('a commit did not arrive');
      }
      if (this.#session.ended)
        this.#violation(`the stream ended: ${this.#session.ended.code} ${this.#session.ended.message}`);
    } finally {
      await this.#session.close();
      this.trace.violations.push(...this.#session.view.violations);
    }
    return this.trace;
  }

  #violation(text: string): void {
    this.trace.violations.push(text);
  }

  async #add(target: ListenTarget, known?: TargetView, expectCount = false): Promise<void> {
    if (this.#targets.has(target.targetId)) return;
    const real = substitute(target, PROJECT, this.#project) as ListenTarget;
    this.#targets.set(target.targetId, target);
    if (!(await this.#session.add(real, known, expectCount)))
      this.#violation('a target did not become current');
  }

  async #remove(targetId: number): Promise<void> {
    if (!this.#targets.delete(targetId) || this.#session.view.targets.get(targetId)?.state === 'removed')
      return;
    if (!(await this.#session.remove(targetId))) this.#violation('a removal was not acknowledged');
  }

  async #commit(writes: Message[]): Promise<void> {
    this.#count += 1;
    try {
      await prepare(this.#endpoint, this.#project, [...writes, barrierWrite(this.#count)]);
    } catch (error) {
      this.#failed = true;
      this.#violation(`a commit failed: ${String(error).replace(/^.*setup failed: /, '')}`);
    }
  }

  async #reconnect(writes: Message[], expectCount: boolean): Promise<void> {
    const known = this.#session.view.targets;
    await this.#session.close();
    this.trace.violations.push(...this.#session.view.violations);
    await this.#commit(writes);
    this.#session = new Session(this.#endpoint, this.#project);
    const targets = [...this.#targets.values()];
    this.#targets.clear();
    for (const target of targets) {
      const kept = known.get(target.targetId);
      if (kept?.state !== 'removed') await this.#add(target, kept, expectCount);
    }
  }

  async #checkpoint(after: string, snapshot: Snapshot | undefined): Promise<void> {
    const targets: Record<string, Json> = {};
    for (const [targetId, target] of this.#session.view.targets) {
      const documents = snapshot?.targets.get(targetId);
      if (target.state === 'removed') targets[targetId] = { removed: (target.cause ?? null) as Json };
      else targets[targetId] = documents ? ([...documents.values()].sort(byName) as Json) : 'not current';
      if (documents && snapshot) await this.#verify(targetId, documents, snapshot.readTime);
    }
    this.trace.checkpoints.push({ after, targets });
  }

  /** A snapshot must be what a query at its read time returns. */
  async #verify(targetId: number, documents: Map<string, Message>, readTime: Message): Promise<void> {
    const query = this.#targets.get(targetId)?.query as Message | undefined;
    if (!query) return;
    const request = substitute({ ...query, readTime }, PROJECT, this.#project) as Message;
    const outcome = await this.#endpoint.call(
      'RunQuery',
      request,
      `projects/${this.#project}/databases/(default)`,
    );
    const names = outcome.responses.flatMap(({ document }) => (document ? [document as Message] : []));
    const same =
      names.length === documents.size &&
      names.every(
        (each) =>
          JSON.stringify(documents.get(String(each.name))?.updateTime) === JSON.stringify(each.updateTime),
      );
    if (outcome.code === 'OK' && !same)
      this.#violation('a snapshot is not what a query at its read time returns');
  }
}

function byName(a: Message, b: Message): number {
  return String(a.name) < String(b.name) ? -1 : 1;
}

/** Runs the case in an empty project. */
export async function executeListen(
  endpoint: Endpoint,
  project: string,
  one: ListenCase,
): Promise<ListenTrace> {
  await prepare(endpoint, project, one.setup);
  return new Run(endpoint, project).run(one);
}
