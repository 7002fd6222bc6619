import type { Fields, Json } from '@telestack/values';
import { type ExpressionContext, expression } from './generate-expression.ts';
import { listRule } from './generate-list-rule.ts';
import { Random } from './random.ts';
import { type Claims, type Request, ref, type Scenario, type Where } from './scenario.ts';

const CALLERS: readonly Claims[] = [
  null,
  { sub: 'alice', role: 'admin', n: 1 },
  { sub: 'bob', tags: ['a'], meta: { a: 1 } },
];

/** A ruleset, documents and requests, all from a seed. */
export function generateScenario(seed: number): Scenario {
  const random = new Random(seed);
  const documents: Record<string, Fields> = {
    'users/alice': generateFields(random),
    'users/a': generateFields(random),
    'c/a': generateFields(random),
    'c/alice': generateFields(random),
    'c/a/d/b': generateFields(random),
  };
  return {
    name: `seed ${seed}`,
    rules: rules(random),
    documents,
    requests: Array.from({ length: 10 }, () => request(random)),
  };
}

const value = {
  flag: (random: Random): Json => random.chance(0.5),
  open: (random: Random): Json => random.pick<Json>([true, false, null]),
  n: (random: Random): Json => random.pick<Json>([0, 1, 2, { $double: 1 }, { $int: '9007199254740993' }]),
  m: (random: Random): Json => random.below(4),
  f: (random: Random): Json => random.pick<Json>([0.5, { $double: 1 }, { $double: 'NaN' }, 1]),
  s: (random: Random): Json => random.pick(['a', 'b', 'abc', '', 'Ab', 'é']),
  owner: (random: Random): Json => random.pick(['alice', 'bob', 'carol']),
  tags: (random: Random): Json => random.pick<Json>([[], ['a'], ['a', 'b', 1], [1, 2]]),
  members: (random: Random): Json => random.pick([['alice'], ['bob', 'alice'], []]),
  meta: (random: Random): Json => random.pick<Json>([{}, { a: 1 }, { a: { b: 2 }, k: 'x' }]),
  roles: (random: Random): Json =>
    random.pick<Json>([{ alice: 'owner' }, { bob: 'reader', alice: 'reader' }]),
  link: (): Json => ref('users/alice'),
  at: (random: Random): Json =>
    random.pick([
      { $timestamp: '2020-02-29T12:00:00.123456Z' },
      { $timestamp: '1969-12-31T23:59:59.500000Z' },
    ]),
  raw: (): Json => ({ $bytes: 'YWI=' }),
};
const FIELDS = Object.keys(value) as (keyof typeof value)[];

export function generateFields(random: Random): Fields {
  const made: Fields = {};
  for (const name of FIELDS) if (random.chance(0.75)) made[name] = value[name](random);
  return made;
}

function rules(random: Random): string {
  const depth = 1 + random.below(4);
  const base: ExpressionContext = { random, wildcards: ['database'], locals: [], functions: [] };
  const functions = random.chance(0.5) ? [{ name: 'helper', arity: 1 }] : [];
  const helper = functions.length === 0 ? '' : helperFunction(base);
  const allow = (methods: string, context: ExpressionContext): string =>
    `      allow ${methods}: if ${expression(context, 'bool', depth)};`;
  const inC = { ...base, wildcards: ['database', 'id'], functions };
  const group = { ...base, functions };
  return `rules_version = '2';
service cloud.firestore {
  match /databases/{database}/documents {
${helper}    match /c/{id} {
${allow('get', inC)}
      allow list: if ${random.chance(0.5) ? listRule(random, 2) : expression(inC, 'bool', depth)};
${allow('create, update', inC)}
${allow('write', inC)}
      match /d/{sub} {
${allow('read', { ...inC, wildcards: ['id', 'sub'] })}
      }
    }
    match /{path=**}/d/{id} {
      allow list: if ${random.chance(0.5) ? listRule(random, 2) : expression(group, 'bool', depth)};
    }
  }
}
`;
}

function helperFunction(base: ExpressionContext): string {
  const context = { ...base, locals: ['x'] };
  const binding = expression(context, 'string', 2);
  const result = expression({ ...context, locals: ['x', 'y'] }, 'bool', 2);
  return `    function helper(x) {
      let y = ${binding};
      return ${result};
    }
`;
}

function request(random: Random): Request {
  const as = random.pick(CALLERS);
  const path = random.pick(['c/a', 'c/alice', 'c/new', 'c/a/d/b']);
  switch (random.below(7)) {
    case 0:
      return { as, op: 'get', path };
    case 1:
      return { as, op: 'delete', path };
    case 2:
      return { as, op: 'set', path, data: generateFields(random) };
    case 3: {
      const mask = FIELDS.filter(() => random.chance(0.3));
      return { as, op: 'set', path, data: generateFields(random), mask };
    }
    default: {
      const where = Array.from({ length: random.below(4) }, () => filter(random));
      const limit = random.chance(0.3) ? { limit: 1 + random.below(20) } : {};
      const collection = random.pick(['c', 'c', 'c/a/d', 'd']);
      return { as, op: 'list', collection, query: { where, ...limit, group: collection === 'd' } };
    }
  }
}

function filter(random: Random): Where {
  if (random.chance(0.1)) return { or: [filter(random), filter(random)] };
  if (random.chance(0.06)) return ['__name__', '==', ref(`c/${random.pick(['a', 'alice', 'zz'])}`)];
  const field = random.pick(FIELDS);
  const one = (): Json => value[field](random);
  if (random.chance(0.5)) return [field, '==', one()];
  if (field === 'tags' || field === 'members')
    return [field, 'array-contains', random.pick<Json>(['a', 'alice', 1])];
  if (field === 'roles') return ['roles.alice', '==', 'owner'];
  if (random.chance(0.15)) return [field, 'in', [one(), one()]];
  return [field, random.pick(['<', '<=', '>', '>=', '!=']), one()];
}
