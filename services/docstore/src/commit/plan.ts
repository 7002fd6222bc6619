import { aborted, type StatusError, toStatusError } from '@telestack/errors';
import { checkDocumentSize, documentName, type Fields, type Json, validateFields } from '@telestack/values';
import type { CommitGuard } from '../access/guard.ts';
import { applyOperation, type DocumentState } from './apply.ts';
import { failureOf, type Operation } from './operation.ts';
import { checkExpectation } from './precondition.ts';
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
  /** It asks for the update time of a document that this very group writes: it belongs into a later group. */
  | { readonly kind: 'postponed' }
  /** Its guard asks for documents that nobody has read. */
  | { readonly kind: 'unread' }
  | { readonly kind: 'planned'; readonly position: number; readonly results: readonly OperationResult[] };

export interface OperationResult {
  readonly transformResults: readonly Json[];
  readonly document: string;
  /** Whether the document exists after the commit. */
  readonly exists: boolean;
  readonly isVerification: boolean;
  /** What a verified document keeps. */
  readonly updateTime: number | undefined;
}

export interface PlannedWrite {
  readonly key: DocumentKey;
  /** Position of its commit in the group: its commit time is the group's time plus so many microseconds. */
  readonly commit: number;
  readonly wave: number;
  /** Undefined deletes. */
  readonly fields: Fields | undefined;
  /** The fields as JSON text. */
  readonly data: string | undefined;
  /** The commit deletes the document before it writes it: another one, with a create time of its own. */
  readonly isNew: boolean;
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
      const find = (document: string) => (states.has(document) ? states.get(document) : stored.get(document));
      if (request.operations.some((operation) => needsTime(operation, find(keyText(operation.name))))) {
        outcomes.push({ kind: 'postponed' });
        return;
      }
      const { changed, results, failure } = applyAll(request, find, requestTime);
      if (request.guard) {
        const isKnown = (document: string) => states.has(document) || stored.has(document);
        const before = (document: string) => (isKnown(document) ? (find(document) ?? null) : undefined);
        const after = (document: string) =>
          changed.has(document) ? (changed.get(document)!.state ?? null) : before(document);
        if (!request.guard.check(request.operations, { before, after }, requestTime)) {
          outcomes.push({ kind: 'unread' });
          return;
        }
      }
      // After the guard: who may not write a document shall not learn whether it exists.
      if (failure) throw failure;
      for (const { key, state } of changed.values()) if (state) request.schemas?.check(key, state.fields);
      for (const [document, { key, state, isNew }] of changed) {
        const wave = (waves.get(document) ?? -1) + 1;
        waves.set(document, wave);
        states.set(document, state);
        const fields = state?.fields;
        writes.push({ key, commit: position, wave, fields, data: fields && JSON.stringify(fields), isNew });
      }
      for (const check of readChecks) checks.push({ ...check, request: index });
      const looked = request.operations.map(({ name }): DocumentKey => name);
      for (const key of [...looked, ...(request.guard?.documents.values() ?? [])]) {
        const document = keyText(key);
        if (!stored.has(document) || checked.has(document)) continue;
        checked.add(document);
        checks.push({ key, updateTime: stored.get(document)?.updateTime, request: undefined });
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

interface Changed {
  readonly key: DocumentKey;
  readonly state: DocumentState | undefined;
  readonly isNew: boolean;
  readonly size: number | undefined;
}

/**
 * One commit's operations on the documents as it finds them. `failure` is that of the first whose expectation does not hold.
 * @throws StatusError of the first that cannot be applied
 */
function applyAll(
  { operations, guard }: CommitRequest,
  find: (document: string) => DocumentState | undefined,
  requestTime: number,
): { changed: ReadonlyMap<string, Changed>; results: OperationResult[]; failure: StatusError | undefined } {
  const changed = new Map<string, Changed>();
  let failure: StatusError | undefined;
  const applied = operations.map((operation) => {
    const document = keyText(operation.name);
    const before = changed.get(document);
    const current = before ? before.state : find(document);
    // What comes after a document's first write is about what that has made of it: collapse.ts.
    if (!before) {
      const version = current && { updateTime: current.updateTime ?? 0 };
      failure ??= failureOf(() => checkExpectation(operation.expectation, operation.name, version));
    }
    const { state, transformResults, size } = orFailWith(failure, () =>
      applyOperation(operation, current, requestTime),
    );
    const isVerification = operation.kind === 'verify';
    if (!isVerification) {
      const isNew =
        state !== undefined && before !== undefined && (before.isNew || before.state === undefined);
      changed.set(document, { key: operation.name, state, isNew, size });
    }
    return { transformResults, document, isVerification, state };
  });
  if (guard) completeAll(changed, find, guard);
  for (const { key, state, size } of changed.values()) {
    if (!state) continue;
    const name = documentName(key.database, key.path);
    failure ??= failureOf(() => checkDocumentSize(name, size ?? validateFields(state.fields)));
  }
  const results = applied.map(({ state, ...rest }): OperationResult => {
    const last = changed.get(rest.document);
    return {
      ...rest,
      exists: (last ? last.state : state) !== undefined,
      updateTime: rest.isVerification ? state?.updateTime : undefined,
    };
  });
  return { changed, results, failure };
}

/** The guard's additions to what a commit writes. */
function completeAll(
  changed: Map<string, Changed>,
  find: (document: string) => DocumentState | undefined,
  guard: CommitGuard,
): void {
  for (const [document, change] of changed) {
    const { key, state } = change;
    if (!state) continue;
    const fields = guard.complete(key, find(document)?.fields ?? null, state.fields);
    if (fields !== state.fields)
      changed.set(document, { ...change, state: { ...state, fields }, size: undefined });
  }
}

/** What cannot be applied because an earlier expectation did not hold fails with that. */
function orFailWith<T>(failure: StatusError | undefined, apply: () => T): T {
  try {
    return apply();
  } catch (thrown) {
    throw failure ?? thrown;
  }
}

/** Whether an operation asks for the update time of a document that has none yet. */
const needsTime = ({ kind, expectation }: Operation, current: DocumentState | undefined): boolean =>
  (kind === 'verify' || expectation?.kind === 'updateTime') &&
  current !== undefined &&
  current.updateTime === undefined;

export const contention = (): StatusError =>
  aborted('Too much contention on these documents. Please try again.');
