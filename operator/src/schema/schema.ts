// One description of a value gives both its static type and its OpenAPI schema: Schema<T> carries T for the compiler and `json` for the API server.

/** A rule in CEL that the API server checks. `oldSelf` in it makes it one about changes. */
export interface Rule {
  readonly rule: string;
  readonly message: string;
  readonly reason?: 'FieldValueInvalid' | 'FieldValueForbidden' | 'FieldValueRequired';
  readonly fieldPath?: string;
}

/** The subset of OpenAPI v3 that structural schemas use. */
export interface JsonSchema {
  readonly type: 'string' | 'integer' | 'boolean' | 'object' | 'array';
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema;
  readonly required?: readonly string[];
  readonly 'x-kubernetes-validations'?: readonly Rule[];
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-preserve-unknown-fields'?: true;
}

export interface Schema<T, Presence extends 'required' | 'defaulted' | 'optional' = 'required'> {
  readonly json: JsonSchema;
  readonly presence: Presence;
  /** Only for the compiler: there is no such field. */
  readonly $type?: T;
}

export type AnySchema = Schema<unknown, 'required' | 'defaulted' | 'optional'>;
export type Infer<S> = S extends Schema<infer T, infer _P> ? T : never;

type Fields = Readonly<Record<string, AnySchema>>;
type OptionalKeys<F extends Fields> = {
  [K in keyof F]: F[K]['presence'] extends 'optional' ? K : never;
}[keyof F];
type ObjectOf<F extends Fields> = { readonly [K in Exclude<keyof F, OptionalKeys<F>>]: Infer<F[K]> } & {
  readonly [K in OptionalKeys<F>]?: Infer<F[K]>;
};

type StringLimits = Pick<JsonSchema, 'pattern' | 'minLength' | 'maxLength' | 'format'>;

/** CEL's cost estimate needs an upper bound for every text and list. */
const MAX_TEXT = 1_024;
const MAX_ITEMS = 64;

export function text(description: string, limits: StringLimits = {}): Schema<string> {
  return required({ type: 'string', description, maxLength: MAX_TEXT, ...limits });
}

export function choice<const C extends readonly string[]>(
  description: string,
  choices: C,
): Schema<C[number]> {
  return required({ type: 'string', description, enum: choices });
}

export function integer(
  description: string,
  limits: Pick<JsonSchema, 'minimum' | 'maximum'> = {},
): Schema<number> {
  return required({ type: 'integer', format: 'int32', description, ...limits });
}

export function flag(description: string): Schema<boolean> {
  return required({ type: 'boolean', description });
}

export function list<S extends AnySchema>(
  description: string,
  items: S,
  options: { readonly minItems?: number; readonly maxItems?: number; readonly keys?: readonly string[] } = {},
): Schema<readonly Infer<S>[]> {
  const { keys, ...limits } = options;
  return required({
    type: 'array',
    description,
    items: items.json,
    maxItems: MAX_ITEMS,
    ...limits,
    ...(keys === undefined
      ? { 'x-kubernetes-list-type': 'atomic' }
      : { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys }),
  });
}

export function map<S extends AnySchema>(
  description: string,
  values: S,
): Schema<Readonly<Record<string, Infer<S>>>> {
  return required({
    type: 'object',
    description,
    additionalProperties: values.json,
    maxProperties: MAX_ITEMS,
  });
}

export function object<const F extends Fields>(
  description: string,
  fields: F,
  rules: readonly Rule[] = [],
): Schema<ObjectOf<F>> {
  const names = Object.keys(fields).filter((name) => fields[name]!.presence === 'required');
  return required({
    type: 'object',
    description,
    properties: Object.fromEntries(Object.entries(fields).map(([name, { json }]) => [name, json])),
    ...(names.length === 0 ? {} : { required: names }),
    ...(rules.length === 0 ? {} : { 'x-kubernetes-validations': rules }),
  });
}

/** Need not be given. */
export function optional<T>(schema: Schema<T>): Schema<T, 'optional'> {
  return { json: schema.json, presence: 'optional' };
}

/** The API server fills it in where it is not given; so code always finds it. What the value leaves out gets the defaults inside. */
export function withDefault<T>(
  schema: Schema<T>,
  value: T extends object ? object : T,
): Schema<T, 'defaulted'> {
  return { json: { ...schema.json, default: withInnerDefaults(schema.json, value) }, presence: 'defaulted' };
}

/** The API server checks rules against a default as it is written. */
export function withInnerDefaults(schema: JsonSchema, value: unknown): unknown {
  if (Array.isArray(value))
    return schema.items === undefined ? value : value.map((item) => withInnerDefaults(schema.items!, item));
  if (typeof value !== 'object' || value === null) return value;
  const filled: Record<string, unknown> = { ...value };
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const given = filled[name] ?? field.default;
    if (given !== undefined) filled[name] = withInnerDefaults(field, given);
  }
  return filled;
}

/** With rules added to those that it has. */
export function ruled<T>(schema: Schema<T>, ...rules: readonly Rule[]): Schema<T> {
  const { 'x-kubernetes-validations': before = [], ...json } = schema.json;
  return { ...schema, json: { ...json, 'x-kubernetes-validations': [...before, ...rules] } };
}

function required<T>(json: JsonSchema): Schema<T> {
  return { json, presence: 'required' };
}
