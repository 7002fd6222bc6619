import { isDeepStrictEqual } from 'node:util';
import type { QueryDocumentSnapshot } from '@google-cloud/firestore';

/** What one document of a result is compared by. */
export interface Content {
  path: string;
  data: Record<string, unknown>;
  updateTime: string;
}

export function contentsOf(documents: readonly QueryDocumentSnapshot[]): Content[] {
  return documents.map((document) => ({
    path: document.ref.path,
    data: document.data(),
    updateTime: `${document.updateTime.seconds}.${String(document.updateTime.nanoseconds).padStart(9, '0')}`,
  }));
}

/** The first difference between what a listener was given and what the query returns, or undefined. */
export function difference(listened: readonly Content[], queried: readonly Content[]): string | undefined {
  const show = (contents: readonly Content[]) =>
    contents.map((one) => one.path.split('/').slice(1).join('/')).join(' ');
  const paths = (contents: readonly Content[]) => contents.map((one) => one.path);
  if (!isDeepStrictEqual(paths(listened), paths(queried))) {
    const sorted = (contents: readonly Content[]) => paths(contents).sort();
    const kind = isDeepStrictEqual(sorted(listened), sorted(queried)) ? 'order' : 'documents';
    return `${kind} differ: listener [${show(listened)}], query [${show(queried)}]`;
  }
  for (const [index, one] of listened.entries()) {
    const other = queried[index]!;
    if (!isDeepStrictEqual(one.data, other.data))
      return `${one.path}: listener ${JSON.stringify(one.data)}, query ${JSON.stringify(other.data)}`;
    if (one.updateTime !== other.updateTime)
      return `${one.path}: update time ${one.updateTime}, query ${other.updateTime}`;
  }
  return undefined;
}
