import { invalidArgument, type StatusError, toStatusError } from '@telestack/errors';
import type { Write } from '@telestack/protos/google/firestore/v1/write.ts';
import {
  checkConvertible,
  checkNameLimits,
  type DocumentName,
  type FieldPath,
  type Fields,
  parseFieldPaths,
  projectFields,
  validateFields,
} from '@telestack/values';
import { nameIn } from './name-in.ts';
import { type Expectation, parsePrecondition } from './precondition.ts';
import { parseTransforms, type Transform } from './transforms.ts';

/** One write of a commit, checked as far as it can be without looking at data. */
export interface Operation {
  readonly name: DocumentName;
  readonly kind: 'set' | 'patch' | 'delete' | 'verify' | 'transform';
  /** Of `set` and `patch`. */
  readonly fields: Fields;
  /** Of `set`: the storage size of its fields. */
  readonly size?: number | undefined;
  /** Of `patch`: the fields that change; those that `fields` lacks are deleted. */
  readonly mask: readonly FieldPath[];
  readonly transforms: readonly Transform[];
  readonly expectation: Expectation | undefined;
}

/** A write whose form is right. `invalid`: its name or its fields are none that a document can have. */
export interface ParsedWrite {
  readonly operation: Operation;
  readonly invalid?: StatusError;
}

/**
 * Checks the form of a write to `database` ("p/d"), in the order of Google's backend.
 * @throws StatusError INVALID_ARGUMENT
 */
export function parseWrite(write: Write, database: string): ParsedWrite {
  const { operation } = write;
  switch (operation?.$case) {
    case 'update': {
      const name = nameIn(database, operation.update.name);
      const { fields } = operation.update;
      let size: number | undefined;
      const unfit = failureOf(() => {
        size = validateFields(fields);
      });
      if (unfit) checkConvertible(fields);
      const mask = write.updateMask && parseFieldPaths(write.updateMask.fieldPaths);
      // What the mask leaves out is not written.
      const unwritten = unfit && mask && failureOf(() => validateFields(projectFields(fields, mask)));
      const invalid = failureOf(() => checkNameLimits(name)) ?? (mask ? unwritten : unfit);
      const kind = mask === undefined ? 'set' : 'patch';
      const transforms = parseTransforms(write.updateTransforms);
      const expectation = parsePrecondition(write.currentDocument);
      return { operation: { kind, name, fields, size, mask: mask ?? [], transforms, expectation }, invalid };
    }
    case 'delete':
      checkBare(write, 'delete');
      return plain('delete', nameIn(database, operation.delete), write);
    case 'verify': {
      checkBare(write, 'verify');
      const name = nameIn(database, operation.verify);
      if (write.currentDocument?.conditionType === undefined) {
        throw invalidArgument('a verify must contain a precondition');
      }
      return plain('verify', name, write);
    }
    case 'transform': {
      checkBare(write, 'transform');
      const { document, fieldTransforms } = operation.transform;
      const name = nameIn(database, document);
      if (fieldTransforms.length === 0)
        throw invalidArgument('The list of FieldTransform must not be empty.');
      const parsed = plain('transform', name, write, parseTransforms(fieldTransforms));
      return { ...parsed, invalid: failureOf(() => checkNameLimits(name)) };
    }
    default:
      throw invalidArgument('empty write operation');
  }
}

function plain(
  kind: Operation['kind'],
  name: DocumentName,
  { currentDocument }: Write,
  transforms: readonly Transform[] = [],
): ParsedWrite {
  return {
    operation: {
      kind,
      name,
      fields: {},
      mask: [],
      transforms,
      expectation: parsePrecondition(currentDocument),
    },
  };
}

function checkBare({ updateMask, updateTransforms }: Write, what: string): void {
  if (updateMask !== undefined) throw invalidArgument(`a ${what} must not specify a document mask.`);
  if (updateTransforms.length > 0) throw invalidArgument(`a ${what} must not specify a update transform.`);
}

/** What a document may not hold is complained about only when nothing else is wrong with the request. */
export function failureOf(check: () => void): StatusError | undefined {
  try {
    check();
    return undefined;
  } catch (thrown) {
    return toStatusError(thrown);
  }
}

/** Whether what a write does depends on the document as it is now. */
export function needsRead(operation: Operation): boolean {
  return (
    operation.expectation !== undefined ||
    operation.transforms.length > 0 ||
    (operation.kind !== 'set' && operation.kind !== 'delete')
  );
}
