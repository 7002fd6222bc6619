import { invalidArgument } from '@telestack/errors';
import type { DocumentTransform_FieldTransform } from '@telestack/protos/google/firestore/v1/write.ts';
import { checkTransform, type FieldPath, parseFieldPath } from '@telestack/values';

export interface Transform {
  readonly field: FieldPath;
  readonly type: NonNullable<DocumentTransform_FieldTransform['transformType']>;
}

/** The transforms of one write. @throws StatusError INVALID_ARGUMENT */
export function parseTransforms(transforms: readonly DocumentTransform_FieldTransform[]): Transform[] {
  const parsed: Transform[] = [];
  for (const transform of transforms) {
    const next = parseTransform(transform);
    checkOverlap(next, parsed);
    parsed.push(next);
  }
  return parsed;
}

function parseTransform({ fieldPath, transformType }: DocumentTransform_FieldTransform): Transform {
  const field = parseFieldPath(fieldPath);
  return { field, type: checkTransform(transformType) };
}

/** A field and one inside of it cannot both be transformed by a write; one field can, several times. @throws StatusError INVALID_ARGUMENT */
function checkOverlap({ field }: Transform, others: readonly Transform[]): void {
  for (const { field: earlier } of others) {
    const [outer, inner] = earlier.length < field.length ? [earlier, field] : [field, earlier];
    if (outer.length === inner.length || !outer.every((name, at) => name === inner[at])) continue;
    throw invalidArgument(
      `Cannot transform property ${outer.join('.')} and its nested property at the same time.`,
    );
  }
}
