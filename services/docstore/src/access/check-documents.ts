import { checkDocument, evaluateWith, type LookedUp, type Ruleset } from '@telestack/rules';
import type { Fields } from '@telestack/values';
import type { DocumentKey } from '../commit/request.ts';
import type { Docstore } from '../context.ts';
import { mayRead } from '../policies/decide.ts';
import type { StoredDocument } from '../read/row.ts';
import { type Caller, denied, keyAllows, type RuledCaller, rulesFor } from './caller.ts';
import { fetchLookupsAt, lookupKeyText } from './lookups.ts';
import { TargetDependencies } from './target-dependencies.ts';

type Database = Pick<Docstore, 'database' | 'now'>;

/**
 * Whether a caller may get documents, which were read at `readTime` (microseconds); the rules see the rest of the database as of then, too.
 * @throws StatusError PERMISSION_DENIED
 */
export async function checkDocuments(
  docstore: Database,
  caller: Caller,
  keys: readonly DocumentKey[],
  documents: readonly (StoredDocument | undefined)[],
  readTime: number,
): Promise<TargetDependencies> {
  const dependencies = new TargetDependencies();
  if (caller === 'unrestricted') return dependencies;
  if (caller.kind === 'apiKey') {
    if (!keys.every(({ collectionId }) => keyAllows(caller, collectionId, 'read'))) throw denied(caller);
    return dependencies;
  }
  dependencies.release = caller.release;
  const check = rulesChecker(docstore, caller, readTime);
  for (const [i, key] of keys.entries()) {
    const before = documents[i]?.fields ?? null;
    const policy = caller.policies.get(key.collectionId);
    if (policy && !mayRead(policy, caller.auth, before)) throw denied(caller);
    if (policy?.read.kind === 'owner') dependencies.ownDocuments = true;
    const rules = rulesFor(caller, key.collectionId);
    if (rules === 'closed') throw denied(caller);
    if (rules === 'open') continue;
    dependencies.ownDocuments = true;
    const decision = await check(rules, key, before);
    if (!decision.allowed) throw denied(caller, decision, 'get');
    dependencies.add(projectOf(key.database), decision);
  }
  return dependencies;
}

/** What the rules say of one document after the other. */
function rulesChecker(docstore: Database, { auth }: RuledCaller, readTime: number) {
  const time = docstore.now();
  let lookedUp: LookedUp = new Map();
  // What one document's rules have looked at serves the others: a chat's members, a user's roles.
  const known = new Map<string, Fields | null>();
  const fetch = fetchLookupsAt(docstore.database, readTime);
  return (rules: Ruleset, { database, path }: DocumentKey, before: Fields | null) =>
    evaluateWith(
      (lookups) => {
        // What is looked at while others are awaited need not be what decides.
        const attempt = new Map(lookedUp);
        const decision = checkDocument(
          rules,
          {
            method: 'get',
            database: databaseIdOf(database),
            path,
            auth,
            time,
            before,
            lookedUp: attempt,
          },
          (lookup) => known.get(lookupKeyText(lookup)) ?? lookups(lookup),
        );
        if (!('missing' in decision)) lookedUp = attempt;
        return decision;
      },
      async (lookups) => {
        const found = await fetch(projectOf(database), lookups);
        for (const [n, lookup] of lookups.entries()) known.set(lookupKeyText(lookup), found[n]!);
        return found;
      },
    );
}

export const projectOf = (database: string): string => database.slice(0, database.indexOf('/'));
export const databaseIdOf = (database: string): string => database.slice(database.indexOf('/') + 1);
