import { invalidArgument } from '@telestack/errors';
import type { Precondition } from '@telestack/protos/google/firestore/v1/common.ts';
import type { DocumentTransform_FieldTransform, Write } from '@telestack/protos/google/firestore/v1/write.ts';
import {
  type DocumentName,
  type FieldPath,
  type Fields,
  parseDocumentName,
  parseFieldPath,
  validateFields,
} from '@telestack/values';

export type Expectation =
  | { readonly kind: 'exists'; readonly exists: boolean }
  | { readonly kind: 'updateTime'; readonly updateTime: number };

export interface Transform {
  readonly field: FieldPath;
  readonly type: NonNullable<DocumentTransform_FieldTransform['transformType']>;
}

/** One write of a commit, checked as far as it can be without looking at data. */
export interface Operation {
  readonly name: DocumentName;
  readonly kind: 'set' | 'patch' | 'delete' | 'verify' | 'transform';
  /** Of `set` and `patch`. */
  readonly fields: Fields;
  /** Of `patch`: the fields that change; those that `fields` lacks are deleted. */
  readonly mask: readonly FieldPath[];
  readonly transforms: readonly Transform[];
  readonly expectation: Expectation | undefined;
}

/** Checks a write of the public API. `database` ("p/d") is the one that the request names. */
export function parseWrite(write: Write, database: string): Operation {
  const { operation } = write;
  if (operation === undefined) throw invalidArgument('Unsupported write operation.');
  const transforms = write.updateTransforms.map(parseTransform);
  const expectation = parsePrecondition(write.currentDocument);
  const common = { expectation, transforms, fields: {}, mask: [] as FieldPath[] };
  if (operation.$case !== 'update') {
    if (write.updateMask !== undefined)
      throw invalidArgument('update_mask is only allowed on update operations.');
    if (transforms.length > 0)
      throw invalidArgument('update_transforms is only allowed on update operations.');
  }
  switch (operation.$case) {
    case 'update': {
      const name = nameIn(database, operation.update.name);
      validateFields(operation.update.name, operation.update.fields);
      const mask = write.updateMask?.fieldPaths.map(parseFieldPath);
      const kind = mask === undefined ? 'set' : 'patch';
      return { ...common, kind, name, fields: operation.update.fields, mask: mask ?? [] };
    }
    case 'delete':
      return { ...common, kind: 'delete', name: nameIn(database, operation.delete) };
    case 'verify':
      return { ...common, kind: 'verify', name: nameIn(database, operation.verify) };
    case 'transform': {
      const { document, fieldTransforms } = operation.transform;
      if (fieldTransforms.length === 0)
        throw invalidArgument('The list of FieldTransform must not be empty.');
      return {
        ...common,
        kind: 'transform',
        name: nameIn(database, document),
        transforms: fieldTransforms.map(parseTransform),
      };
    }
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

function nameIn(database: string, name: string): DocumentName {
  const parsed = parseDocumentName(name);
  if (parsed.database !== database) {
    const [project, id] = database.split('/');
    throw invalidArgument(
      `Document name "${name}" does not belong to the database "projects/${project}/databases/${id}".`,
    );
  }
  return parsed;
}

function parseTransform(transform: DocumentTransform_FieldTransform): Transform {
  if (transform.transformType === undefined)
    throw invalidArgument('Field transform must specify a transform type.');
  return { field: parseFieldPath(transform.fieldPath), type: transform.transformType };
}

function parsePrecondition(precondition: Precondition | undefined): Expectation | undefined {
  const condition = precondition?.conditionType;
  switch (condition?.$case) {
    case 'exists':
      return { kind: 'exists', exists: condition.exists };
    case 'updateTime':
      return { kind: 'updateTime', updateTime: condition.updateTime };
    default:
      return undefined;
  }
}
