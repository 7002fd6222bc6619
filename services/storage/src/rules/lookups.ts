import { Code, StatusError, toStatusError, unavailable } from '@telestack/errors';
import type { BatchGetDocumentsRequest } from '@telestack/protos/google/firestore/v1/firestore.ts';
import type { DocstoreDefinition } from '@telestack/protos/telestack/docstore/v1/docstore.ts';
import { type Client, systemContext } from '@telestack/rpc';
import type { FetchLookups, Lookup } from '@telestack/rules';
import type { Fields } from '@telestack/values';

export type Documents = Pick<Client<typeof DocstoreDefinition>, 'batchGetDocuments'>;

const TIMEOUT_MS = 5_000;

/**
 * Reads the documents that rules of files look at: those of the bucket's own project, whoever asks. All look-ups of one decision see the
 * state of one time.
 */
export function documentLookups(
  documents: Documents,
  project: string,
  call: { readonly signal?: AbortSignal; readonly traceparent?: string },
): FetchLookups {
  const context = systemContext(
    AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), ...(call.signal ? [call.signal] : [])]),
    call.traceparent,
  );
  let readTime: number | undefined;
  /** Fields by name; of the documents that there are. */
  const read = async (database: string, names: readonly string[]): Promise<Map<string, Fields>> => {
    const found = new Map<string, Fields>();
    const request = requestOf(database, names, readTime);
    try {
      for await (const { result, readTime: at } of documents.batchGetDocuments(request, context)) {
        readTime ??= at;
        if (result?.$case === 'found') found.set(result.found.name, result.found.fields);
      }
    } catch (cause) {
      // No document can have such a name.
      if (cause instanceof StatusError && cause.code === Code.INVALID_ARGUMENT) return new Map();
      throw unavailable('The documents that rules look at cannot be read.', { cause: toStatusError(cause) });
    }
    return found;
  };
  return async (lookups) => {
    const names = lookups.map((lookup) => nameOf(project, lookup));
    const found = new Map<string, Fields>();
    for (const database of new Set(lookups.map((lookup) => lookup.database))) {
      const wanted = names.filter((_name, n) => lookups[n]!.database === database);
      for (const [name, fields] of await read(`projects/${project}/databases/${database}`, wanted))
        found.set(name, fields);
    }
    return names.map((name) => found.get(name) ?? null);
  };
}

const nameOf = (project: string, { database, path }: Lookup): string =>
  `projects/${project}/databases/${database}/documents/${path}`;

function requestOf(
  database: string,
  documents: readonly string[],
  readTime: number | undefined,
): BatchGetDocumentsRequest {
  return {
    database,
    documents: [...documents],
    mask: undefined,
    consistencySelector: readTime === undefined ? undefined : { $case: 'readTime', readTime },
  };
}
