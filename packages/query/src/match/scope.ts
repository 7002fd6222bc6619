import type { Query } from '../types.ts';

type Scope = Pick<Query, 'parentPath' | 'collectionId' | 'allDescendants'>;

/** Whether a document at `path` ("users/alice") is in the collections that a query looks at. */
export function inScope({ parentPath, collectionId, allDescendants }: Scope, path: string): boolean {
  const idAt = path.lastIndexOf('/');
  const collectionAt = path.lastIndexOf('/', idAt - 1) + 1;
  if (collectionId !== '') {
    if (idAt - collectionAt !== collectionId.length) return false;
    if (!path.startsWith(collectionId, collectionAt)) return false;
  }
  const parentLength = Math.max(collectionAt - 1, 0);
  if (parentLength < parentPath.length || (!allDescendants && parentLength !== parentPath.length))
    return false;
  if (parentPath === '') return true;
  return path.startsWith(parentPath) && path[parentPath.length] === '/';
}
