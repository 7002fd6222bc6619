import type { Random } from './random.ts';

/** What an expression should be; now and then it is something else. */
export type Want =
  | 'bool'
  | 'int'
  | 'float'
  | 'string'
  | 'list'
  | 'map'
  | 'set'
  | 'path'
  | 'time'
  | 'duration'
  | 'bytes';

const WANTS: readonly Want[] = [
  'bool',
  'int',
  'float',
  'string',
  'list',
  'map',
  'set',
  'path',
  'time',
  'duration',
  'bytes',
];

/** Fields of the generated documents by type: `generate-documents.ts`. */
const FIELDS: Readonly<Record<Want, readonly string[]>> = {
  bool: ['flag', 'open'],
  int: ['n', 'm'],
  float: ['f'],
  string: ['s', 'owner'],
  list: ['tags', 'members'],
  map: ['meta', 'roles'],
  set: [],
  path: ['link'],
  time: ['at'],
  duration: [],
  bytes: ['raw'],
};

export interface ExpressionContext {
  readonly random: Random;
  /** Names of wildcards in scope. */
  readonly wildcards: readonly string[];
  /** Parameters and `let` names in scope. */
  readonly locals: readonly string[];
  /** Functions in scope with their numbers of parameters. */
  readonly functions: readonly { readonly name: string; readonly arity: number }[];
}

/** An expression's source. */
export function expression(context: ExpressionContext, want: Want, depth: number): string {
  const { random, locals, functions } = context;
  const type = random.chance(0.04) ? random.pick(WANTS) : want;
  const sub = (wanted: Want): string => expression(context, wanted, depth - 1);
  if (locals.length > 0 && random.chance(0.15)) return random.pick(locals);
  if (depth > 0 && functions.length > 0 && random.chance(0.1)) {
    const { name, arity } = random.pick(functions);
    return `${name}(${Array.from({ length: arity }, () => sub(random.pick(WANTS))).join(', ')})`;
  }
  if (depth <= 0 || random.chance(0.2)) return leaf(context, type);
  if (random.chance(0.05)) return `(${sub('bool')} ? ${sub(type)} : ${sub(type)})`;
  if (random.chance(0.04)) return `${sub('map')}.get(${sub('string')}, ${sub(type)})`;
  if (random.chance(0.03)) return `${sub('list')}[${sub('int')}]`;
  return composed(random, type, sub);
}

function leaf({ random, wildcards }: ExpressionContext, type: Want): string {
  if (random.chance(0.45) && FIELDS[type].length > 0) {
    const field = random.pick(FIELDS[type]);
    return random.pick([
      `resource.data.${field}`,
      `request.resource.data.${field}`,
      `resource.data['${field}']`,
    ]);
  }
  switch (type) {
    case 'bool':
      return random.pick(['true', 'false', 'request.auth != null', 'resource == null']);
    case 'int':
      return random.pick(['0', '1', '2', '3', '-1', '7']);
    case 'float':
      return random.pick(['0.5', '1.0', '2.5', '-1.5']);
    case 'string':
      return random.pick([
        "'a'",
        "'b'",
        "'alice'",
        "'bob'",
        "''",
        'request.auth.uid',
        'request.method',
        'request.auth.token.role',
        'resource.id',
        ...wildcards,
      ]);
    case 'list':
      return random.pick(["['a', 'b']", '[1, 2]', '[]', "['alice']", '[1, 1.0, null]']);
    case 'map':
      return random.pick([
        "{'a': 1}",
        '{}',
        'resource.data',
        'request.resource.data',
        'request.auth.token',
        "{'a': {'b': 2}}",
      ]);
    case 'set':
      return random.pick(["['a', 'b'].toSet()", '[1, 2, 2].toSet()']);
    case 'path':
      return random.pick([
        '/a/b',
        'request.path',
        '/databases/$(database)/documents/users/alice',
        "path('a/b')",
      ]);
    case 'time':
      return random.pick(['request.time', 'timestamp.date(2020, 2, 29)', 'timestamp.value(1500)']);
    case 'duration':
      return random.pick(["duration.value(1, 'h')", "duration.value(-90, 's')", 'duration.time(1, 2, 3, 4)']);
    case 'bytes':
      return random.pick(["b'ab'", "b'\\xff'"]);
  }
}

const COMPARED: readonly Want[] = ['int', 'float', 'string', 'time', 'duration', 'bytes', 'int', 'string'];

function composed(random: Random, type: Want, sub: (want: Want) => string): string {
  switch (type) {
    case 'bool':
      return bool(random, sub);
    case 'int':
      return random.pick([
        () => `(${sub('int')} ${random.pick(['+', '-', '*', '/', '%'])} ${sub('int')})`,
        () => `${sub(random.pick(['string', 'list', 'map', 'set', 'bytes']))}.size()`,
        () =>
          `${sub('time')}.${random.pick(['year', 'month', 'day', 'dayOfWeek', 'dayOfYear', 'hours', 'nanos', 'toMillis'])}()`,
        () => `${sub('duration')}.${random.pick(['seconds', 'nanos'])}()`,
        () => `math.abs(${sub('int')})`,
        () => `int(${sub(random.pick(['int', 'float', 'string']))})`,
        () => `math.round(${sub('float')})`,
      ])();
    case 'float':
      return random.pick([
        () =>
          `(${sub(random.pick(['int', 'float']))} ${random.pick(['+', '-', '*', '/', '%'])} ${sub('float')})`,
        () => `math.${random.pick(['sqrt', 'floor', 'ceil', 'abs'])}(${sub('float')})`,
        () => `math.pow(${sub('int')}, ${sub('float')})`,
        () => `float(${sub(random.pick(['int', 'string']))})`,
      ])();
    case 'string':
      return random.pick([
        () => `(${sub('string')} + ${sub('string')})`,
        () => `string(${sub(random.pick(['int', 'float', 'bool', 'path']))})`,
        () => `${sub('string')}.${random.pick(['lower', 'upper', 'trim'])}()`,
        () =>
          `${sub('string')}.replace(${random.pick(["'a'", "'[a-c]+'", "'(.)'"])}, ${random.pick(["'x'", "'[$0]'", "''"])})`,
        () => `${sub('list')}.join('-')`,
        () => `${sub('string')}[0:${sub('int')}]`,
        () => `${sub('path')}[${sub('int')}]`,
        () => `hashing.${random.pick(['md5', 'sha256', 'crc32', 'crc32c'])}(${sub('string')}).toHexString()`,
      ])();
    case 'list':
      return random.pick([
        () => `[${sub('string')}, ${sub('int')}]`,
        () => `${sub('list')}.concat(${sub('list')})`,
        () => `${sub('list')}.removeAll(${sub('list')})`,
        () => `${sub('map')}.keys()`,
        () => `${sub('string')}.split(${random.pick(["','", "''", "'a'"])})`,
        () => `${sub('list')}[${sub('int')}:${sub('int')}]`,
      ])();
    case 'map':
      return random.pick([
        () => `{'k': ${sub('int')}, 'l': ${sub('string')}}`,
        () => `${sub('map')}.meta`,
        () => `get(/databases/$(database)/documents/users/$(${sub('string')})).data`,
        () => `getAfter(/databases/$(database)/documents/users/$(${sub('string')})).data`,
      ])();
    case 'set':
      return random.pick([
        () => `${sub('list')}.toSet()`,
        () => `${sub('set')}.${random.pick(['union', 'intersection', 'difference'])}(${sub('set')})`,
        () =>
          `${sub('map')}.diff(${sub('map')}).${random.pick(['addedKeys', 'affectedKeys', 'changedKeys', 'removedKeys', 'unchangedKeys'])}()`,
      ])();
    case 'path':
      return random.pick([
        () => `/a/$(${sub('string')})/c`,
        () => `path(${sub('string')})`,
        () => `/a/$(${sub('path')})`,
      ])();
    case 'time':
      return random.pick([
        () => `(${sub('time')} + ${sub('duration')})`,
        () => `(${sub('time')} - ${sub('duration')})`,
        () => `${sub('time')}.date()`,
        () => `timestamp.value(${sub('int')})`,
      ])();
    case 'duration':
      return random.pick([
        () => `(${sub('time')} - ${sub('time')})`,
        () => `duration.value(${sub('int')}, ${random.pick(["'s'", "'ms'", "'d'", "'w'"])})`,
        () => `duration.abs(${sub('duration')})`,
        () => `${sub('time')}.time()`,
      ])();
    case 'bytes':
      return `${sub('string')}.toUtf8()`;
  }
}

function bool(random: Random, sub: (want: Want) => string): string {
  const compared = random.pick(COMPARED);
  const any = random.pick(WANTS);
  return random.pick([
    () => `(${sub('bool')} && ${sub('bool')})`,
    () => `(${sub('bool')} || ${sub('bool')})`,
    () => `${sub('bool')} && ${sub('bool')} || ${sub('bool')}`,
    () => `!${sub('bool')}`,
    () => `(${sub(any)} == ${sub(any)})`,
    () => `(${sub(any)} != ${sub(any)})`,
    () => `(${sub(compared)} ${random.pick(['<', '<=', '>', '>='])} ${sub(compared)})`,
    () => `(${sub('string')} in ${sub(random.pick(['list', 'map', 'set']))})`,
    () =>
      `(${sub(any)} is ${random.pick(['bool', 'int', 'float', 'number', 'string', 'list', 'map', 'path', 'timestamp', 'duration', 'bytes', 'latlng', 'set', 'map_diff'])})`,
    () => `${sub('list')}.${random.pick(['hasAll', 'hasAny', 'hasOnly'])}(${sub('list')})`,
    () =>
      `${sub('set')}.${random.pick(['hasAll', 'hasAny', 'hasOnly'])}(${sub(random.pick(['list', 'set']))})`,
    () => `${sub('string')}.matches(${random.pick(["'[a-z]+'", "'a.*'", "'^al'", "''"])})`,
    () =>
      `${random.pick(['exists', 'existsAfter'])}(/databases/$(database)/documents/users/$(${sub('string')}))`,
  ])();
}
