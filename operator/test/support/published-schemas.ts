import type { KubeObject } from '@telestack/controller';
import { cachedSchemas, type SchemaVersion } from '@telestack/kubekit';
import { Ajv, type ValidateFunction } from 'ajv';

interface Definition {
  type?: string;
  format?: string;
  properties?: object;
  additionalProperties?: unknown;
  'x-kubernetes-group-version-kind'?: { group: string; version: string; kind: string }[];
  [field: string]: unknown;
}

/** Checks objects against what Kubernetes publishes for a version; a field that it does not name is a mistake, as with `kubectl --validate=strict`. */
export class PublishedSchemas {
  readonly #ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false, inlineRefs: false });
  readonly #kinds = new Map<string, string>();
  readonly #checks = new Map<string, ValidateFunction>();

  constructor(version: SchemaVersion) {
    const { definitions } = cachedSchemas(version) as { definitions: Record<string, Definition> };
    for (const [name, definition] of Object.entries(definitions)) {
      strengthen(definition);
      for (const { group, version: of, kind } of definition['x-kubernetes-group-version-kind'] ?? [])
        this.#kinds.set(`${group === '' ? of : `${group}/${of}`} ${kind}`, name);
    }
    this.#ajv.addSchema({ definitions }, 'kubernetes');
  }

  knows({ apiVersion, kind }: KubeObject): boolean {
    return this.#kinds.has(`${apiVersion} ${kind}`);
  }

  /** What is wrong with the object, each with its place. */
  problems(object: KubeObject): string[] {
    const name = this.#kinds.get(`${object.apiVersion} ${object.kind}`);
    if (name === undefined) return [`there is no ${object.apiVersion} ${object.kind}`];
    let check = this.#checks.get(name);
    if (check === undefined) {
      check = this.#ajv.compile({ $ref: `kubernetes#/definitions/${name}` });
      this.#checks.set(name, check);
    }
    const isGood: boolean = check(object);
    const errors = isGood ? [] : (check.errors ?? []);
    return errors.map(
      ({ instancePath, message, params }) =>
        `${object.kind} ${object.metadata.name}${instancePath}: ${message} ${JSON.stringify(params)}`,
    );
  }
}

/** OpenAPI 2 as JSON Schema: "int-or-string" is either, and what is not named is not there. */
function strengthen(schema: Definition): void {
  if (schema.format === 'int-or-string') {
    delete schema.type;
    Object.assign(schema, { anyOf: [{ type: 'integer' }, { type: 'string' }] });
  }
  if (schema.properties !== undefined && schema.additionalProperties === undefined)
    schema.additionalProperties = false;
  for (const inner of Object.values(schema))
    if (typeof inner === 'object' && inner !== null) strengthen(inner as Definition);
}
