import { documentName } from '@telestack/values';
import type { DocumentState } from '../feed/document-state.ts';
import type { Leave } from '../views/delta.ts';
import { documentChangeMessage } from '../wire/document-change.ts';
import type { MessageCache } from '../wire/message-cache.ts';
import { documentDeleteMessage, documentRemoveMessage } from '../wire/messages.ts';
import type { Step } from './pending-steps.ts';

/** What a snapshot says of one document, over all targets of the stream. */
interface Entry {
  /** The newest state that the stream may show. */
  state: DocumentState | undefined;
  isDeleted: boolean;
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
      yield entryMessage(leave.path, entryOf(leave, only.target.id, mayReveal), database, readTime);
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
  // In order of time: every target that has a document takes part in each of its changes, so the last word is the newest.
  for (const { target, delta } of steps) {
    for (const state of delta.upserts) {
      const entry = entryAt(entries, state.path);
      if (!entry.state || state.updateTime >= entry.state.updateTime) entry.state = state;
      entry.isDeleted = false;
      entry.inTargets.add(target.id);
      entry.outOfTargets.delete(target.id);
    }
    for (const leave of delta.leaves) {
      const entry = entryAt(entries, leave.path);
      const { state, isDeleted } = entryOf(leave, target.id, mayReveal);
      if (isDeleted) Object.assign(entry, { state: undefined, isDeleted: true });
      else if (state && (!entry.state || state.updateTime >= entry.state.updateTime)) {
        Object.assign(entry, { state, isDeleted: false });
      }
      entry.inTargets.delete(target.id);
      entry.outOfTargets.add(target.id);
    }
  }
  return entries;
}

function entryAt(entries: Map<string, Entry>, path: string): Entry {
  let entry = entries.get(path);
  if (!entry) {
    entry = { state: undefined, isDeleted: false, inTargets: new Set(), outOfTargets: new Set() };
    entries.set(path, entry);
  }
  return entry;
}

function entryOf(leave: Leave, targetId: number, mayReveal: boolean): Entry {
  return {
    state: leave.state?.hasContent && (mayReveal || leave.isMatch) ? leave.state : undefined,
    isDeleted: leave.isDeleted,
    inTargets: new Set(),
    outOfTargets: new Set([targetId]),
  };
}

function entryMessage(path: string, entry: Entry, database: string, readTime: number): Uint8Array {
  const { state, isDeleted } = entry;
  const removed = [...entry.outOfTargets];
  if (state) return documentChangeMessage(state.encoded, [...entry.inTargets], removed);
  const name = documentName(database, path);
  return isDeleted
    ? documentDeleteMessage(name, removed, readTime)
    : documentRemoveMessage(name, removed, readTime);
}
