import { aborted, type StatusError, toStatusError } from '@telestack/errors';
import type { Json } from '@telestack/values';
import { applyOperation, type DocumentState } from './apply.ts';
import type { CommitRequest, DocumentKey, ReadCheck } from './request.ts';
import { keyText } from './request.ts';

/** The effect of a group of commits on documents, ready for `telestack.commit_batch`. */
export interface Plan {
  /** By request: what it does, or why it fails. */
  readonly outcomes: readonly Outcome[];
  /** Documents that must still be as they were read; `request` is undefined for what the plan itself was computed from. */
  readonly checks: readonly (ReadCheck & { readonly request: number | undefined })[];
  /** In order of their waves. */
  readonly writes: readonly PlannedWrite[];
}

export type Outcome =
  | { readonly kind: 'failed'; readonly error: StatusError }
  | { readonly kind: 'planned'; readonly position: number; readonly results: readonly OperationResult[] };

export interface OperationResult {
  readonly transformResults: readonly Json[];
  /** The write that the operation ended up in; -1 for a verification. */
  readonly document: string;
  readonly exists: boolean;
  /** What a verified document keeps. */
  readonly updateTime: number | undefined;
}

export interface PlannedWrite {
  readonly key: DocumentKey;
  /** Position of its commit in the group: its commit time is the group's time plus so many microseconds. */
  readonly commit: number;
  readonly wave: number;
  /** JSON text; undefined deletes. */
  readonly data: string | undefined;
}

/**
 * Computes a group of commits one after the other: each sees what those before it have done. A commit that fails leaves no trace.
 * `stored` has every document that an operation needs to read (see `needsRead`).
 */
export function planCommits(
  requests: readonly CommitRequest[],
  stored: ReadonlyMap<string, DocumentState | undefined>,
  requestTime: number,
): Plan {
  const states = new Map<string, DocumentState | undefined>();
  const waves = new Map<string, number>();
  const checks: (ReadCheck & { request: number | undefined })[] = [];
  const writes: PlannedWrite[] = [];
  const outcomes: Outcome[] = [];
  const checked = new Set<string>();
  let position = 0;

  requests.forEach((request, index) => {
    try {
      const readChecks = request.readSet?.documents ?? [];
      // Before its operations: a precondition that fails because of what the transaction has not seen must not be its answer.
      if (readChecks.some((check) => isOutdated(check, waves, stored))) throw contention();
      const changed = new Map<string, { key: DocumentKey; state: DocumentState | undefined }>();
      const results: OperationResult[] = [];
      for (const operation of request.operations) {
        const document = keyText(operation.name);
        const known = changed.get(document);
        const current = known
          ? known.state
          : states.has(document)
            ? states.get(document)
            : stored.get(document);
        const { state, transformResults } = applyOperation(operation, current, requestTime);
        results.push({
          transformResults,
          document,
          exists: state !== undefined,
          updateTime: state?.updateTime,
        });
        if (operation.kind !== 'verify') changed.set(document, { key: operation.name, state });
      }
      for (const [document, { key, state }] of changed) {
        const wave = (waves.get(document) ?? -1) + 1;
        waves.set(document, wave);
        states.set(document, state);
        writes.push({ key, commit: position, wave, data: state && JSON.stringify(state.fields) });
      }
      for (const check of readChecks) checks.push({ ...check, request: index });
      for (const { name } of request.operations) {
        const document = keyText(name);
        if (!stored.has(document) || checked.has(document)) continue;
        checked.add(document);
        checks.push({ key: name, updateTime: stored.get(document)?.updateTime, request: undefined });
      }
      outcomes.push({ kind: 'planned', position, results });
      position++;
    } catch (thrown) {
      outcomes.push({ kind: 'failed', error: toStatusError(thrown) });
    }
  });
  // Stable: within a wave the commits stay in order.
  writes.sort((a, b) => a.wave - b.wave);
  return { outcomes, checks, writes };
}

function isOutdated(
  { key, updateTime }: ReadCheck,
  written: ReadonlyMap<string, number>,
  stored: ReadonlyMap<string, DocumentState | undefined>,
): boolean {
  const document = keyText(key);
  return written.has(document) || (stored.has(document) && stored.get(document)?.updateTime !== updateTime);
}

export const contention = (): StatusError =>
  aborted('Too much contention on these documents. Please try again.');
