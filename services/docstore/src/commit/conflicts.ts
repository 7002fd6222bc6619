import { invalidArgument } from '@telestack/errors';
import type { Write } from '@telestack/protos/google/firestore/v1/write.ts';

/**
 * A commit verifies a document, once, or writes it. Google's backend compares the names before it looks at anything else of the writes.
 * @throws StatusError INVALID_ARGUMENT
 */
export function checkVerifications(writes: readonly Write[]): void {
  if (writes.length < 2) return;
  const verified = new Set<string>();
  const written = new Set<string>();
  for (const write of writes) {
    const name = nameOf(write);
    if (name === undefined) continue;
    if (write.operation?.$case !== 'verify') {
      if (verified.has(name)) throw conflict('verified and then written');
      written.add(name);
      continue;
    }
    if (written.has(name)) throw conflict('written and then verified');
    if (verified.has(name)) throw conflict('verified more than once');
    verified.add(name);
  }
}

/** Writes that are each a commit are of different documents. @throws StatusError INVALID_ARGUMENT */
export function checkDistinct(writes: readonly Write[]): void {
  const names = new Set<string>();
  for (const write of writes) {
    const name = nameOf(write);
    if (name === undefined) continue;
    if (names.has(name)) throw conflict('written more than once');
    names.add(name);
  }
}

function nameOf({ operation }: Write): string | undefined {
  switch (operation?.$case) {
    case 'update':
      return operation.update.name;
    case 'delete':
      return operation.delete;
    case 'verify':
      return operation.verify;
    case 'transform':
      return operation.transform.document;
    default:
      return undefined;
  }
}

const conflict = (what: string) => invalidArgument(`the same document cannot be ${what} in a single request`);
