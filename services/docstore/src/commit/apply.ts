import { applyTransform, type Fields, type Json, mergeFields } from '@telestack/values';
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
  /** Storage size of the document's fields; undefined when they are yet to be checked. */
  readonly size: number | undefined;
}

/** The document after one operation; what the operation expects has been checked. */
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
  const isChecked = operation.kind === 'set' && operation.transforms.length === 0;
  const size = isChecked ? operation.size : undefined;
  return { state: { fields, updateTime: undefined }, transformResults, size };
}
