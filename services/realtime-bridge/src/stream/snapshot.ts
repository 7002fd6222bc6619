import { documentName } from '@telestack/values';
import type { DocumentState } from '../feed/document-state.ts';
import type { Leave } from '../views/delta.ts';
import { documentChangeMessage } from '../wire/document-change.ts';
import type { MessageCache } from '../wire/message-cache.ts';
import { documentDeleteMessage, documentRemoveMessage } from '../wire/messages.ts';
import type { Step } from './pending-steps.ts';

/** What a snapshot says of one document, over all targets of the stream. */
interface Entry {
  /** The newest of what the stream may tell: the document's state, or that it is gone; microseconds. 0: neither is known. */
  time: number;
  state: DocumentState | undefined;
  readonly inTargets: Set<number>;
  readonly outOfTargets: Set<number>;
}

/**
 * The messages for the steps of one snapshot: each document once, for all its targets. `mayReveal`: the client may see documents that have left its queries.
 */
export function* stepMessages(
  steps: readonly Step<{ readonly id: number }>[],
  database: string,
  readTime: number,
  mayReveal: boolean,
  cache: MessageCache,
): Generator<Uint8Array, void, void> {
  const [only] = steps;
  if (steps.length === 1 && only) {
    for (const state of only.delta.upserts) yield cache.documentChange(state, only.target.id);
    for (const leave of only.delta.leaves) {
      const entry = newEntry();
      takeLeave(entry, leave, only.target.id, mayReveal);
      yield entryMessage(leave.path, entry, database, readTime);
    }
    return;
  }
  for (const [path, entry] of merge(steps, mayReveal)) yield entryMessage(path, entry, database, readTime);
}

function merge(
  steps: readonly Step<{ readonly id: number }>[],
  mayReveal: boolean,
): ReadonlyMap<string, Entry> {
  const entries = new Map<string, Entry>();
  const entryAt = (path: string): Entry => {
    let entry = entries.get(path);
    if (!entry) {
      entry = newEntry();
      entries.set(path, entry);
    }
    return entry;
  };
  for (const { target, delta } of steps) {
    for (const state of delta.upserts) {
      const entry = entryAt(state.path);
      learn(entry, state.updateTime, state);
      entry.inTargets.add(target.id);
      entry.outOfTargets.delete(target.id);
    }
    for (const leave of delta.leaves) takeLeave(entryAt(leave.path), leave, target.id, mayReveal);
  }
  return entries;
}

const newEntry = (): Entry => ({ time: 0, state: undefined, inTargets: new Set(), outOfTargets: new Set() });

function takeLeave(entry: Entry, leave: Leave, targetId: number, mayReveal: boolean): void {
  const { state, deletedAt, isMatch } = leave;
  if (deletedAt !== undefined) learn(entry, deletedAt, undefined);
  else if (state?.hasContent && (mayReveal || isMatch)) learn(entry, state.updateTime, state);
  entry.inTargets.delete(targetId);
  entry.outOfTargets.add(targetId);
}

/** Steps of different targets can have been merged over different times: the newest counts. */
function learn(entry: Entry, time: number, state: DocumentState | undefined): void {
  if (time < entry.time) return;
  entry.time = time;
  entry.state = state;
}

function entryMessage(path: string, entry: Entry, database: string, readTime: number): Uint8Array {
  const { state, time } = entry;
  const removed = [...entry.outOfTargets];
  if (state) return documentChangeMessage(state.encoded, [...entry.inTargets], removed);
  const name = documentName(database, path);
  return time > 0
    ? documentDeleteMessage(name, removed, readTime)
    : documentRemoveMessage(name, removed, readTime);
}
