import type { Json, Message } from '../wire.ts';
import { mightContain } from './bloom.ts';

/** What a client knows of one target. */
export interface TargetView {
  /** `sent`: no ADD yet. `removed`: REMOVE was seen. */
  state: 'sent' | 'added' | 'current' | 'removed';
  documents: Map<string, Message>;
  resumeToken: string | undefined;
  cause: Message | undefined;
  /** An existence filter did not agree with the documents: the client must ask anew. */
  mismatch: boolean;
}

export interface Snapshot {
  readTime: Message;
  /** Documents of each current target. */
  targets: Map<number, Map<string, Message>>;
}

function ids(value: Json | undefined): number[] {
  return Array.isArray(value) ? value.map(Number) : [];
}

function after(a: Message, b: Message): boolean {
  const seconds = BigInt(String(a.seconds ?? 0)) - BigInt(String(b.seconds ?? 0));
  return seconds !== 0n ? seconds > 0n : Number(a.nanos ?? 0) > Number(b.nanos ?? 0);
}

/** Follows a Listen stream as an SDK does, and notes what the protocol does not allow. */
export class View {
  readonly targets = new Map<number, TargetView>();
  readonly violations = new Set<string>();
  readonly snapshots: Snapshot[] = [];
  #readTime: Message | undefined;

  /** A target was sent. Documents that the client still has from an earlier stream stay. */
  sent(targetId: number, known?: TargetView): void {
    this.targets.set(targetId, {
      state: 'sent',
      documents: new Map(known?.documents),
      resumeToken: known?.resumeToken,
      cause: undefined,
      mismatch: false,
    });
  }

  receive(message: Message): void {
    const kinds = Object.keys(message);
    if (kinds.length !== 1) this.#violation(`a response with ${kinds.length} members`);
    if (message.targetChange) this.#targetChange(message.targetChange as Message);
    if (message.documentChange) this.#documentChange(message.documentChange as Message);
    if (message.documentDelete) this.#documentGone(message.documentDelete as Message, 'documentDelete');
    if (message.documentRemove) this.#documentGone(message.documentRemove as Message, 'documentRemove');
    if (message.filter) this.#filter(message.filter as Message);
  }

  #violation(text: string): void {
    this.violations.add(text);
  }

  #active(targetId: number, what: string): TargetView | undefined {
    const target = this.targets.get(targetId);
    if (!target) this.#violation(`${what} for a target that was never sent`);
    else if (target.state === 'sent') this.#violation(`${what} before ADD`);
    else if (target.state === 'removed') this.#violation(`${what} after REMOVE`);
    else return target;
    return undefined;
  }

  #targetChange(change: Message): void {
    const type = String(change.targetChangeType ?? 'NO_CHANGE');
    const targetIds = ids(change.targetIds);
    const token = change.resumeToken as string | undefined;
    if (targetIds.length === 0) {
      if (type !== 'NO_CHANGE') this.#violation(`${type} without target ids`);
      else this.#global(change);
    }
    for (const targetId of targetIds) {
      if (type === 'ADD') this.#added(targetId);
      else if (type === 'REMOVE') this.#removed(targetId, change.cause as Message | undefined);
      else {
        const target = this.#active(targetId, type);
        if (!target) continue;
        if (type === 'RESET') {
          target.documents.clear();
          target.state = 'added';
        }
        if (type === 'CURRENT') target.state = 'current';
        if (token) target.resumeToken = token;
      }
    }
  }

  #added(targetId: number): void {
    const target = this.targets.get(targetId);
    if (target?.state !== 'sent') this.#violation('ADD that was not asked for');
    else target.state = 'added';
  }

  #removed(targetId: number, cause: Message | undefined): void {
    const target = this.targets.get(targetId);
    if (!target) {
      this.#violation('REMOVE for a target that was never sent');
      return;
    }
    if (target.state === 'removed') this.#violation('REMOVE twice');
    target.state = 'removed';
    target.cause = cause;
    target.documents.clear();
  }

  #global(change: Message): void {
    const readTime = change.readTime as Message | undefined;
    if (!readTime) return; // A heartbeat.
    if (!change.resumeToken) this.#violation('a global snapshot without resume token');
    if (this.#readTime && after(this.#readTime, readTime)) this.#violation('read_time goes back');
    this.#readTime = readTime;
    const current = [...this.targets].filter(([, target]) => target.state === 'current');
    for (const [, target] of current) target.resumeToken = change.resumeToken as string;
    this.snapshots.push({
      readTime,
      targets: new Map(current.map(([targetId, target]) => [targetId, new Map(target.documents)])),
    });
  }

  #documentChange(change: Message): void {
    const document = change.document as Message;
    const name = String(document.name);
    const [into, outOf] = [ids(change.targetIds), ids(change.removedTargetIds)];
    if (into.length + outOf.length === 0) this.#violation('documentChange without targets');
    if (!document.createTime || !document.updateTime) this.#violation('documentChange without times');
    for (const targetId of into) this.#active(targetId, 'documentChange')?.documents.set(name, document);
    for (const targetId of outOf) this.#active(targetId, 'documentChange')?.documents.delete(name);
  }

  #documentGone(change: Message, what: string): void {
    const outOf = ids(change.removedTargetIds);
    if (outOf.length === 0) this.#violation(`${what} without targets`);
    if (!change.readTime) this.#violation(`${what} without read_time`);
    for (const targetId of outOf) this.#active(targetId, what)?.documents.delete(String(change.document));
  }

  #filter(filter: Message): void {
    const target = this.#active(Number(filter.targetId), 'existence filter');
    if (!target) return;
    const bloom = filter.unchangedNames as Message | undefined;
    if (Number(filter.count ?? 0) === target.documents.size) return;
    if (bloom) {
      for (const name of [...target.documents.keys()]) {
        if (!mightContain(bloom, name)) target.documents.delete(name);
      }
    }
    if (Number(filter.count ?? 0) !== target.documents.size) target.mismatch = true;
  }
}
