import { setTimeout as delay } from 'node:timers/promises';
import type { PrincipalChange } from './change.ts';
import type { CredentialSource } from './source.ts';

export interface FollowOptions {
  readonly source: Pick<CredentialSource, 'changes'>;
  readonly onChange: (change: PrincipalChange) => void;
  /** Told of a failure once, and of recovery by `undefined`. */
  readonly onFailure?: (error: unknown) => void;
  readonly now?: () => number;
}

export interface ChangeFollower {
  /** Resolves once the first page is applied. */
  readonly ready: Promise<void>;
  /** How long ago, in ms, the source was last heard. Changes older than this are known. */
  staleness(): number;
  close(): Promise<void>;
}

/** How long the source holds a question that has no answer yet. */
const WAIT_MS = 5_000;
const CALL_TIMEOUT_MS = WAIT_MS + 5_000;
const FIRST_BACKOFF_MS = 50;
const MAX_BACKOFF_MS = 1_000;

/**
 * Calls `onChange` for each change of principals, soon after it is committed, until closed. It goes on from its cursor after every failure, so
 * none is missed; after a failure some may come twice.
 */
export function followChanges(options: FollowOptions): ChangeFollower {
  const { source, onChange, onFailure, now = Date.now } = options;
  const stopped = new AbortController();
  const ready = Promise.withResolvers<void>();
  // Nobody has to wait for the first page.
  ready.promise.catch(() => {});
  let heardAt = Number.NEGATIVE_INFINITY;
  const run = async () => {
    let cursor: string | undefined;
    for (let failures = 0; !stopped.signal.aborted; ) {
      const signal = AbortSignal.any([stopped.signal, AbortSignal.timeout(CALL_TIMEOUT_MS)]);
      const askedAt = now();
      try {
        // What went by during an outage shall not wait for something to happen.
        const isHeld = cursor !== undefined && failures === 0;
        const page = await source.changes(cursor, isHeld ? WAIT_MS : 0, signal);
        for (const change of page.changes) onChange(change);
        // An answer that was held until now is as fresh as now; others are as fresh as their question.
        heardAt = isHeld ? now() : askedAt;
        cursor = page.cursor;
        if (failures > 0) onFailure?.(undefined);
        failures = 0;
        ready.resolve();
      } catch (error) {
        if (stopped.signal.aborted) break;
        if (failures === 0) onFailure?.(error);
        const backoff = Math.min(FIRST_BACKOFF_MS * 2 ** failures++, MAX_BACKOFF_MS);
        await delay(backoff * (0.5 + Math.random() / 2), undefined, { signal: stopped.signal }).catch(
          () => {},
        );
      }
    }
    ready.reject(new Error('Closed before the first page.'));
  };
  const running = run();
  return {
    ready: ready.promise,
    staleness: () => now() - heardAt,
    close: async () => {
      stopped.abort();
      await running;
    },
  };
}
