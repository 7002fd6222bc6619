import { alreadyExists, failedPrecondition, invalidArgument, notFound } from '@telestack/errors';
import type { Precondition } from '@telestack/protos/google/firestore/v1/common.ts';
import { type DocumentName, documentName } from '@telestack/values';

export type Expectation =
  | { readonly kind: 'exists'; readonly exists: boolean }
  /** Microseconds; 0 is the version of a missing document. */
  | { readonly kind: 'updateTime'; readonly updateTime: number };

/** @throws StatusError INVALID_ARGUMENT */
export function parsePrecondition(precondition: Precondition | undefined): Expectation | undefined {
  const condition = precondition?.conditionType;
  switch (condition?.$case) {
    case 'exists':
      return { kind: 'exists', exists: condition.exists };
    case 'updateTime': {
      const { updateTime } = condition;
      checkMicroseconds(updateTime);
      if (updateTime < 0) throw invalidArgument('Only timestamps past epoch are supported.');
      return { kind: 'updateTime', updateTime };
    }
    default:
      return undefined;
  }
}

/** The codec tells a time between two microseconds by a fraction. */
export function checkMicroseconds(time: number): void {
  if (!Number.isInteger(time))
    throw invalidArgument('timestamp cannot have more than microseconds precision');
}

/**
 * Compares a document's version (its update time; undefined when it is missing) with what a write expects.
 * @throws StatusError FAILED_PRECONDITION, NOT_FOUND, ALREADY_EXISTS; INVALID_ARGUMENT for a version of the future
 */
export function checkExpectation(
  expectation: Expectation | undefined,
  name: DocumentName,
  stored: { readonly updateTime: number } | undefined,
): void {
  if (expectation === undefined) return;
  const fullName = () => documentName(name.database, name.path);
  if (expectation.kind === 'exists') {
    if (expectation.exists && stored === undefined) throw notFound(`No document to update: ${fullName()}`);
    if (!expectation.exists && stored !== undefined) {
      throw alreadyExists(`Document already exists: ${fullName()}`);
    }
    return;
  }
  const version = stored?.updateTime ?? 0;
  const base = expectation.updateTime;
  if (version === base) return;
  if (stored !== undefined && base > version) {
    throw invalidArgument(`Invalid base version, it is greater than the stored version: ${fullName()}`);
  }
  throw failedPrecondition(
    `the stored version (${version}) does not match the required base version (${base})`,
  );
}
