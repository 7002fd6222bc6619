import { invalidArgument, type StatusError } from '@telestack/errors';
import type { Write } from '@telestack/protos/google/firestore/v1/write.ts';
import { checkNameLimits, validateFields } from '@telestack/values';
import { applyOperation, type DocumentState } from './apply.ts';
import { checkSequences } from './collapse.ts';
import { failureOf, type Operation, type ParsedWrite, parseWrite } from './operation.ts';
import { keyText } from './request.ts';

/** firebase.google.com/docs/firestore/quotas: field transformations of one document in a commit. */
const MAX_TRANSFORMS = 500;

/** Checks the writes of a commit to `database` ("p/d"). @throws StatusError INVALID_ARGUMENT */
export function parseWrites(writes: readonly Write[], database: string): Operation[] {
  return checkWrites(writes.map((write) => parseWrite(write, database)));
}

/**
 * Checks writes together, in the order of Google's backend: writes of a document that cannot follow one another, and last what a
 * document may hold.
 * @throws StatusError INVALID_ARGUMENT
 */
export function checkWrites(parsed: readonly ParsedWrite[]): Operation[] {
  const operations = parsed.map(({ operation }) => operation);
  checkTransforms(operations);
  checkSequences(operations);
  const invalid = firstInvalid(parsed);
  if (invalid) throw invalid;
  return operations;
}

/** What a later write of the commit deletes or replaces need not be storable: what all writes of a document leave of it counts. */
function firstInvalid(parsed: readonly ParsedWrite[]): StatusError | undefined {
  const seen = new Set<string>();
  for (const { operation, invalid } of parsed) {
    const document = keyText(operation.name);
    if (!invalid || seen.has(document)) continue;
    seen.add(document);
    const writes = parsed.filter((one) => keyText(one.operation.name) === document);
    const remaining = failureOf(() => checkRemainder(writes.map((one) => one.operation)));
    if (remaining) return remaining;
  }
  return undefined;
}

/** Checks what the writes of one document leave. What their transforms give is checked when it is known. */
function checkRemainder(operations: readonly Operation[]): void {
  let state: DocumentState | undefined;
  for (const operation of operations)
    state = applyOperation({ ...operation, transforms: [] }, state, 0).state;
  if (state === undefined) return;
  checkNameLimits(operations[0]!.name);
  validateFields(state.fields);
}

function checkTransforms(operations: readonly Operation[]): void {
  const counts = new Map<string, number>();
  for (const { name, transforms } of operations) {
    if (transforms.length === 0) continue;
    const document = keyText(name);
    const count = (counts.get(document) ?? 0) + transforms.length;
    if (count > MAX_TRANSFORMS) {
      throw invalidArgument(`cannot have more than ${MAX_TRANSFORMS} field transforms on a single document`);
    }
    counts.set(document, count);
  }
}
