import { narrowToOwner, type Query } from '@telestack/query';
import { evaluateWith, proveList } from '@telestack/rules';
import { stringOf } from '@telestack/values';
import type { Docstore } from '../context.ts';
import { mayQuery } from '../policies/decide.ts';
import { type Caller, denied, keyAllows, type RuledCaller, rulesFor } from './caller.ts';
import { projectOf } from './check-documents.ts';
import { fetchLookupsAt } from './lookups.ts';
import { TargetDependencies } from './target-dependencies.ts';

/** The query that a caller's query is: without documents of others, where a policy says so. */
export function narrowed(caller: Caller, query: Query): Query {
  const owner = ownerOf(caller, query);
  return owner === undefined ? query : narrowToOwner(query, stringOf(owner));
}

/**
 * Whether a caller may run a (narrowed) query at `readTime` (microseconds): only when the policy and the rules certainly allow every document
 * that it can give, whatever there is. Rules are not filters.
 * @throws StatusError PERMISSION_DENIED
 */
export async function checkQuery(
  docstore: Pick<Docstore, 'database' | 'now'>,
  caller: Caller,
  query: Query,
  readTime: number,
): Promise<TargetDependencies> {
  const dependencies = new TargetDependencies();
  if (caller === 'unrestricted') return dependencies;
  if (caller.kind === 'apiKey') {
    if (!keyAllows(caller, query.collectionId, 'read')) throw denied(caller);
    return dependencies;
  }
  dependencies.release = caller.release;
  dependencies.owner = ownerOf(caller, query) ?? '';
  checkPolicy(caller, query);
  const rules = rulesFor(caller, query.collectionId);
  if (rules === 'closed') throw denied(caller);
  if (rules === 'open') return dependencies;
  const { auth } = caller;
  const project = projectOf(query.database);
  const time = docstore.now();
  const fetch = fetchLookupsAt(docstore.database, readTime);
  const decision = await evaluateWith(
    (lookups) => proveList(rules, { query, auth, time }, lookups),
    (lookups) => fetch(project, lookups),
  );
  if (!decision.allowed) throw denied(caller, decision, 'list');
  dependencies.add(project, decision);
  return dependencies;
}

function checkPolicy(caller: RuledCaller, { collectionId }: Query): void {
  // A query of all collections would have to be narrowed for each of them.
  if (collectionId === '' && caller.policies.size > 0) throw denied(caller);
  const policy = caller.policies.get(collectionId);
  if (policy && !mayQuery(policy, caller.auth)) throw denied(caller);
}

function ownerOf(caller: Caller, { collectionId }: Query): string | undefined {
  if (caller === 'unrestricted' || caller.kind !== 'user') return undefined;
  if (caller.policies.get(collectionId)?.read.kind !== 'owner') return undefined;
  return caller.auth?.uid ?? undefined;
}
