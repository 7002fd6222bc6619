import { checkDocument, evaluateWith } from '@telestack/rules';
import type { Fields } from '@telestack/values';
import type { DocumentKey } from '../commit/request.ts';
import type { Docstore } from '../context.ts';
import type { StoredDocument } from '../read/row.ts';
import { type Caller, denied } from './caller.ts';
import { fetchLookupsAt, lookupKeyText } from './lookups.ts';
import { TargetDependencies } from './target-dependencies.ts';

/**
 * Whether a caller may get documents, which were read at `readTime` (microseconds); the rules see the rest of the database as of then, too.
 * @throws StatusError PERMISSION_DENIED
 */
export async function checkDocuments(
  docstore: Pick<Docstore, 'database' | 'now'>,
  caller: Caller,
  keys: readonly DocumentKey[],
  documents: readonly (StoredDocument | undefined)[],
  readTime: number,
): Promise<TargetDependencies> {
  const dependencies = new TargetDependencies();
  if (caller === 'unrestricted') return dependencies;
  dependencies.ownDocuments = true;
  dependencies.release = caller.release;
  const { auth, rules } = caller;
  const time = docstore.now();
  // What one document's rules have looked at serves the others: a chat's members, a user's roles.
  const known = new Map<string, Fields | null>();
  const fetch = fetchLookupsAt(docstore.database, readTime);
  for (const [i, key] of keys.entries()) {
    const decision = await evaluateWith(
      (lookups) =>
        checkDocument(
          rules,
          {
            method: 'get',
            database: databaseIdOf(key.database),
            path: key.path,
            auth,
            time,
            before: documents[i]?.fields ?? null,
            maxLookups: keys.length > 1 ? MAX_LOOKUPS_OF_MANY : undefined,
          },
          (lookup) => known.get(lookupKeyText(lookup)) ?? lookups(lookup),
        ),
      async (lookups) => {
        const found = await fetch(projectOf(key.database), lookups);
        for (const [n, lookup] of lookups.entries()) known.set(lookupKeyText(lookup), found[n]!);
        return found;
      },
    );
    if (!decision.allowed) throw denied(caller, decision, 'get');
    dependencies.add(projectOf(key.database), decision);
  }
  return dependencies;
}

/** Google's limit for requests that are about several documents. */
export const MAX_LOOKUPS_OF_MANY = 20;

export const projectOf = (database: string): string => database.slice(0, database.indexOf('/'));
export const databaseIdOf = (database: string): string => database.slice(database.indexOf('/') + 1);
