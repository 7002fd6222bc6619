import { permissionDenied } from '@telestack/errors';
import type { Query } from '@telestack/query';
import type { Docstore } from '../context.ts';
import type { Caller } from './caller.ts';
import { TargetDependencies } from './target-dependencies.ts';

/**
 * Whether a caller may run a query at `readTime` (microseconds): only when the rules certainly allow every document that it can give,
 * whatever there is. Rules are not filters.
 * @throws StatusError PERMISSION_DENIED
 */
export async function checkQuery(
  _docstore: Pick<Docstore, 'database' | 'now'>,
  caller: Caller,
  _query: Query,
  _readTime: number,
): Promise<TargetDependencies> {
  if (caller !== 'unrestricted') throw permissionDenied('Missing or insufficient permissions.');
  return new TargetDependencies();
}
