import type { Query } from '@telestack/query';
import { evaluateWith, proveList } from '@telestack/rules';
import type { Docstore } from '../context.ts';
import { type Caller, denied } from './caller.ts';
import { projectOf } from './check-documents.ts';
import { fetchLookupsAt } from './lookups.ts';
import { TargetDependencies } from './target-dependencies.ts';

/**
 * Whether a caller may run a query at `readTime` (microseconds): only when the rules certainly allow every document that it can give,
 * whatever there is. Rules are not filters.
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
  const { auth, rules } = caller;
  const project = projectOf(query.database);
  const time = docstore.now();
  const fetch = fetchLookupsAt(docstore.database, readTime);
  const decision = await evaluateWith(
    (lookups) => proveList(rules, { query, auth, time }, lookups),
    (lookups) => fetch(project, lookups),
  );
  if (!decision.allowed) throw denied(caller, decision, 'list');
  dependencies.release = caller.release;
  dependencies.add(project, decision);
  return dependencies;
}
