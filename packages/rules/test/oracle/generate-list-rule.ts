import type { Random } from './random.ts';

const LITERALS: Readonly<Record<string, readonly string[]>> = {
  flag: ['true', 'false'],
  open: ['true', 'null'],
  n: ['0', '1', '2', '1.0', '1.5'],
  m: ['0', '1', '3'],
  f: ['0.5', '1', '1.0'],
  s: ["'a'", "'b'", "'abc'", "''"],
  owner: ["'alice'", "'bob'", 'request.auth.uid'],
};
const FIELDS = Object.keys(LITERALS);
const TYPES = ['bool', 'int', 'float', 'number', 'string', 'list', 'map', 'timestamp'];

/** A condition on `list` in the terms that queries constrain. */
export function listRule(random: Random, depth: number): string {
  const sub = (): string => listRule(random, depth - 1);
  if (depth > 0 && random.chance(0.5)) {
    return random.pick([
      () => `(${sub()} && ${sub()})`,
      () => `(${sub()} || ${sub()})`,
      () => `!(${sub()})`,
    ])();
  }
  const field = random.pick(FIELDS);
  const literal = (): string => random.pick(LITERALS[field]!);
  const value = `resource.data.${field}`;
  return random.pick([
    () => `${value} == ${literal()}`,
    () => `${value} != ${literal()}`,
    () => `${value} ${random.pick(['<', '<=', '>', '>='])} ${literal()}`,
    () => `${literal()} ${random.pick(['<', '<=', '>', '>='])} ${value}`,
    () => `${value} in [${literal()}, ${literal()}]`,
    () => `${value} is ${random.pick(TYPES)}`,
    () => `${value} == null`,
    () => `'${field}' in resource.data`,
    () => `resource.data.get('${field}', ${literal()}) == ${literal()}`,
    () => `resource.data.keys().${random.pick(['hasAll', 'hasAny', 'hasOnly'])}(['${field}', 'owner'])`,
    () => `request.auth.uid in resource.data.members`,
    () => `resource.data.tags.${random.pick(['hasAll', 'hasAny'])}(['a', 1])`,
    () => `resource.data.roles.alice == 'owner'`,
    () => `'alice' in resource.data.roles`,
    () => `request.query.limit < 10`,
    () => `id == 'alice'`,
    () => `exists(/databases/$(database)/documents/users/$(resource.data.owner))`,
    () => 'resource.data.size() > 0',
    () => `resource.data.meta == {'a': 1}`,
    () => `resource.data.at < request.time`,
  ])();
}
