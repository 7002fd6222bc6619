import { applyTransform, type Fields, type Json, mergeFields, validateFields } from '@telestack/values';
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
  /** Storage size of the document's fields. */
  readonly size: number;
}

/**
 * The document after one operation; what the operation expects has been checked.
 * @throws StatusError INVALID_ARGUMENT for a result over the limits
 */
export function applyOperation(
  operation: Operation,
  current: DocumentState | undefined,
  requestTime: number,
): Applied {
  switch (operation.kind) {
    case 'verify':
      return { state: current, transformResults: [], size: 0 };
    case 'delete':
      return { state: undefined, transformResults: [], size: 0 };
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
  return { state: { fields, updateTime: undefined }, transformResults, size: validateFields(fields) };
}
