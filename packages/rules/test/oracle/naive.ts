import { toDisjunctiveNormalForm } from '@telestack/query';
import type { Ruleset } from '@telestack/rules';
import { decide } from '../../src/evaluate/decide.ts';
import { LookupSession } from '../../src/evaluate/lookups.ts';
import { ANY_ID, ANY_PARENTS, type Segment } from '../../src/evaluate/match.ts';
import { requestMap } from '../../src/evaluate/request.ts';
import { knownFields } from '../../src/proof/known-fields.ts';
import { queryMap } from '../../src/proof/query-map.ts';
import { LiteralMap, mapOf, RulesMap } from '../../src/values/map.ts';
import type { Value } from '../../src/values/value.ts';
import { queryOf } from './local.ts';
import type { Request } from './scenario.ts';

/** What is known, as if there were no other members. */
function closed(known: RulesMap): RulesMap {
  const members = known.keys().map((key): [string, Value] => {
    const value = known.get(key)!;
    return [key, value instanceof RulesMap && !value.isComplete ? closed(value) : value];
  });
  return new LiteralMap(new Map(members));
}

/**
 * Whether a query would be allowed if documents had no fields but those that it constrains. That is how the emulator sees it, and with it
 * a rule such as `!('secret' in resource.data)` allows a query that returns secrets.
 */
export function allowsNaively(ruleset: Ruleset, request: Request & { op: 'list' }): boolean {
  const query = queryOf(request.collection, request.query);
  const { sub } = request.as ?? {};
  const auth = request.as === null ? null : { uid: String(sub), token: request.as };
  const collection = request.collection.split('/');
  const segments: Segment[] = ['databases', '(default)', 'documents'];
  if (request.query.group) segments.push(ANY_PARENTS);
  segments.push(...collection, ANY_ID);
  const path = request.query.group ? undefined : ['databases', '(default)', 'documents', ...collection];
  return toDisjunctiveNormalForm(query.filter).every((conjunction) => {
    const outcome = decide(
      ruleset,
      {
        service: 'cloud.firestore',
        method: 'list',
        segments,
        request: requestMap({
          method: 'list',
          path,
          auth,
          time: Date.now() * 1_000,
          more: { query: queryMap(query) },
        }),
        resource: mapOf({ data: closed(knownFields(conjunction)) }),
      },
      new LookupSession(() => null, '(default)'),
    );
    return 'allowed' in outcome && outcome.allowed;
  });
}
