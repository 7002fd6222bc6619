import type { DocumentState } from '../feed/document-state.ts';
import { encodeResumeToken } from '../resume/token.ts';
import { documentChangeMessage } from './document-change.ts';
import { snapshotMessage } from './messages.ts';

interface Cached {
  readonly targetId: number;
  readonly message: Uint8Array;
}

/** Messages that are the same for many streams. Messages are shared: nobody may write into them. */
export class MessageCache {
  readonly #changes = new WeakMap<DocumentState, Cached>();
  #snapshot: { database: string; readTime: number; message: Uint8Array } | undefined;

  /** A document for one target. The admin SDKs all call their target 1, so their streams share the message as a whole. */
  documentChange(state: DocumentState, targetId: number): Uint8Array {
    const cached = this.#changes.get(state);
    if (cached?.targetId === targetId) return cached.message;
    const message = documentChangeMessage(state.encoded, [targetId], []);
    this.#changes.set(state, { targetId, message });
    return message;
  }

  /** The global snapshot of a stream; `readTime` in microseconds. */
  snapshot(database: string, readTime: number): Uint8Array {
    const last = this.#snapshot;
    if (last && last.readTime === readTime && last.database === database) return last.message;
    const message = snapshotMessage(readTime, encodeResumeToken(database, readTime));
    this.#snapshot = { database, readTime, message };
    return message;
  }
}
