import { alreadyExists, failedPrecondition, notFound } from '@telestack/errors';
import {
  applyTransform,
  documentName,
  type Fields,
  type Json,
  mergeFields,
  validateFields,
} from '@telestack/values';
import type { Operation } from './operation.ts';

/** A document as a commit finds it. `undefined` stands for a missing one. */
export interface DocumentState {
  readonly fields: Fields;
  /** Microseconds; undefined when an earlier commit of the same group has just written it. */
  readonly updateTime: number | undefined;
}

export interface Applied {
  readonly state: DocumentState | undefined;
  readonly transformResults: Json[];
}

/**
 * The document after one operation.
 * @throws StatusError FAILED_PRECONDITION, NOT_FOUND, ALREADY_EXISTS; INVALID_ARGUMENT for a result over the limits.
 */
export function applyOperation(
  operation: Operation,
  current: DocumentState | undefined,
  requestTime: number,
): Applied {
  checkExpectation(operation, current);
  switch (operation.kind) {
    case 'verify':
      return { state: current, transformResults: [] };
    case 'delete':
      return { state: undefined, transformResults: [] };
    default:
      return change(operation, current, requestTime);
  }
}

function change(operation: Operation, current: DocumentState | undefined, requestTime: number): Applied {
  let fields =
    operation.kind === 'set'
      ? operation.fields
      : operation.kind === 'patch'
        ? mergeFields(current?.fields, operation.fields, operation.mask)
        : (current?.fields ?? {});
  const transformResults: Json[] = [];
  for (const { field, type } of operation.transforms) {
    const applied = applyTransform(fields, field, type, requestTime);
    fields = applied.fields;
    transformResults.push(applied.result);
  }
  if (operation.kind !== 'set' || operation.transforms.length > 0) {
    validateFields(fullName(operation), fields);
  }
  return { state: { fields, updateTime: undefined }, transformResults };
}

function checkExpectation(operation: Operation, current: DocumentState | undefined): void {
  const { expectation } = operation;
  if (expectation?.kind === 'exists') {
    if (expectation.exists && current === undefined)
      throw notFound(`No document to update: ${fullName(operation)}`);
    if (!expectation.exists && current !== undefined) {
      throw alreadyExists(`Document already exists: ${fullName(operation)}`);
    }
  } else if (expectation?.kind === 'updateTime') {
    if (current === undefined) throw notFound(`No document to update: ${fullName(operation)}`);
    if (current.updateTime !== expectation.updateTime) {
      throw failedPrecondition(
        `the stored version (${current.updateTime}) does not match the required base version (${expectation.updateTime})`,
      );
    }
  }
}

const fullName = (operation: Operation): string => documentName(operation.name.database, operation.name.path);
