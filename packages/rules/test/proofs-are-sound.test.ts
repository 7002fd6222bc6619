import { matches } from '@telestack/query';
import { compileRules } from '@telestack/rules';
import { describe, expect, it } from 'vitest';
import { decide } from '../src/evaluate/decide.ts';
import { LookupSession } from '../src/evaluate/lookups.ts';
import { ANY_ID } from '../src/evaluate/match.ts';
import { requestMap } from '../src/evaluate/request.ts';
import { queryMap } from '../src/proof/query-map.ts';
import { mapOf } from '../src/values/map.ts';
import { StoredMap } from '../src/values/stored.ts';
import { generateFields, generateScenario } from './oracle/generate.ts';
import { decideLocally, queryOf } from './oracle/local.ts';
import { Random } from './oracle/random.ts';
import type { Claims, ListQuery } from './oracle/scenario.ts';

const NOW = 1_700_000_000_000_000;
const authOf = (claims: Claims) => (claims === null ? null : { uid: String(claims.sub), token: claims });

/** Whether rules allow the list for one document that they know all of. */
function allowsDocument(
  ruleset: Parameters<typeof decideLocally>[0],
  as: Claims,
  collection: string,
  query: ListQuery,
  document: ReturnType<typeof generateFields>,
): boolean {
  const segments = ['databases', '(default)', 'documents', ...collection.split('/')];
  const outcome = decide(
    ruleset,
    {
      service: 'cloud.firestore',
      method: 'list',
      segments: [...segments, ANY_ID],
      request: requestMap({
        method: 'list',
        path: segments,
        auth: authOf(as),
        time: NOW,
        more: { query: queryMap(queryOf(collection, query)) },
      }),
      resource: mapOf({ data: new StoredMap(document) }),
    },
    new LookupSession(() => null, '(default)'),
  );
  return 'allowed' in outcome && outcome.allowed;
}

describe('a query that is proven', () => {
  it('returns no document that the rules refuse', () => {
    let [proven, checked] = [0, 0];
    for (let seed = 1; seed <= 500; seed++) {
      const { rules, requests } = generateScenario(seed);
      const compiled = compileRules(rules);
      if (!compiled.ok) continue;
      const random = new Random(seed);
      for (const request of requests) {
        if (
          request.op !== 'list' ||
          request.query.group ||
          JSON.stringify(request.query).includes('__name__')
        )
          continue;
        const { as, collection, query } = request;
        if (!isValid(collection, query) || hasIntegralDouble(query)) continue;
        if (!decideLocally(compiled.ruleset, {}, request, NOW).allowed) continue;
        proven++;
        const normal = queryOf(collection, query);
        for (let i = 0; i < 40; i++) {
          const fields = generateFields(random);
          if (hasIntegralDouble(fields) || !matches(normal, { path: `${collection}/x`, fields })) continue;
          checked++;
          const context = JSON.stringify({ seed, request, fields });
          expect(allowsDocument(compiled.ruleset, as, collection, query, fields), context).toBe(true);
        }
      }
    }
    expect(proven).toBeGreaterThan(60);
    expect(checked).toBeGreaterThan(300);
  });
});

function isValid(collection: string, query: ListQuery): boolean {
  try {
    queryOf(collection, query);
    return true;
  } catch {
    return false;
  }
}

/** A filter's 1 finds 1.0 too; rules that tell them apart are proven for the filter's kind only. */
const hasIntegralDouble = (json: unknown): boolean => /"\$double":-?\d/.test(JSON.stringify(json));
