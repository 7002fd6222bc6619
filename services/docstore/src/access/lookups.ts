import type { Lookup } from '@telestack/rules';
import { type Fields, parseDocumentName } from '@telestack/values';
import type { DocumentKey } from '../commit/request.ts';
import type { Queryable } from '../database.ts';
import { readDocuments } from '../read/lookup.ts';

/** The document that rules ask for. */
export function lookupKey(project: string, { database, path }: Lookup): DocumentKey {
  return parseDocumentName(`projects/${project}/databases/${database}/documents/${path}`);
}

export const lookupKeyText = ({ state, database, path }: Lookup): string => `${state} ${database} ${path}`;

/** Fetches what rules look at, all of it at one time (microseconds). */
export function fetchLookupsAt(database: Queryable, readTime: number) {
  return async (project: string, lookups: readonly Lookup[]): Promise<(Fields | null)[]> => {
    const keys = lookups.map((lookup) => lookupKey(project, lookup));
    const { documents } = await readDocuments(database, keys, readTime);
    return documents.map((document) => document?.fields ?? null);
  };
}
