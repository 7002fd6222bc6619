import type { DescMessage, DescService, FileRegistry } from '@bufbuild/protobuf';
import { type HttpBinding, httpBindings } from '../http-rule.ts';
import { planOf } from '../plan.ts';
import { wellKnown } from '../well-known.ts';
import { commentOf } from './comments.ts';
import { type Schema, Schemas } from './schemas.ts';

/** Fields within fields that a query parameter may name. */
const MAX_QUERY_DEPTH = 3;

const ERROR: Schema = {
  type: 'object',
  properties: {
    error: {
      type: 'object',
      properties: {
        code: { type: 'integer', description: 'The HTTP status.' },
        message: { type: 'string' },
        status: { type: 'string', description: 'The name of the gRPC code.', examples: ['INVALID_ARGUMENT'] },
      },
    },
  },
};

/** Describes a service's REST API in OpenAPI 3.1. Descriptors with source information bring their comments along. */
export function openApi(
  registry: FileRegistry,
  service: DescService,
  info: { readonly title: string; readonly version: string; readonly description: string },
): object {
  const schemas = new Schemas();
  const paths: Record<string, Record<string, unknown>> = {};
  const used = new Map<string, number>();
  for (const binding of httpBindings(registry, service)) {
    if (binding.method.methodKind === 'bidi_streaming' || binding.method.methodKind === 'client_streaming')
      continue;
    for (const path of openApiPaths(binding.path)) {
      const { name } = binding.method;
      const count = (used.get(name) ?? 0) + 1;
      used.set(name, count);
      paths[path] ??= {};
      paths[path][binding.verb.toLowerCase()] = {
        operationId: count === 1 ? name : `${name}${count}`,
        ...operation(binding, path, schemas),
      };
    }
  }
  const security = { bearer: { type: 'http', scheme: 'bearer' } };
  const components = { schemas: { ...schemas.all, Error: ERROR }, securitySchemes: security };
  return { openapi: '3.1.0', info, security: [{ bearer: [] }], paths, components };
}

function operation(binding: HttpBinding, path: string, schemas: Schemas): object {
  const { method, body } = binding;
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
    ...(name!.endsWith('Path')
      ? { description: 'May hold further collections and documents, with slashes.' }
      : {}),
  }));
  const bound = [...binding.path.matchAll(/\{([\w.]+)/g)].map(([, name]) => name!);
  const inQuery = body === '*' ? [] : queryParameters(method.input, body, bound, schemas);
  const bodyMessage =
    body === '*' ? method.input : method.input.fields.find(({ name }) => name === body)?.message;
  const answer = schemas.message(method.output);
  const content = (schema: Schema) => ({ content: { 'application/json': { schema } } });
  return {
    description: commentOf(method),
    parameters: [...inPath, ...inQuery],
    ...(bodyMessage ? { requestBody: { required: true, ...content(schemas.message(bodyMessage)) } } : {}),
    responses: {
      200: {
        description: 'Done.',
        ...content(method.methodKind === 'server_streaming' ? { type: 'array', items: answer } : answer),
      },
      default: { description: 'Refused or failed.', ...content({ $ref: '#/components/schemas/Error' }) },
    },
  };
}

function queryParameters(
  message: DescMessage,
  body: string | undefined,
  bound: readonly string[],
  schemas: Schemas,
  prefix = '',
): object[] {
  if (prefix.split('.').length > MAX_QUERY_DEPTH) return [];
  return message.fields.flatMap((field) => {
    if (prefix === '' && (field.name === body || bound.includes(field.name))) return [];
    const name = prefix + field.jsonName;
    const plan = planOf(message).byName.get(field.name)!;
    const inner =
      plan.value.kind === 'message' && !wellKnown(plan.value.message) ? plan.value.message : undefined;
    if (inner)
      return plan.shape === 'single' ? queryParameters(inner, undefined, [], schemas, `${name}.`) : [];
    return plan.shape === 'map' ? [] : [{ name, in: 'query', schema: schemas.field(field) }];
  });
}

/**
 * Paths without patterns: "{name=projects/*\/databases/*\/documents/*\/**}" is
 * "projects/{project}/databases/{database}/documents/{collectionId}/{documentPath}". One that may end early gives two.
 */
function openApiPaths(path: string): string[] {
  const expanded = path
    .replaceAll(/\{[\w.]+=([^}]+)\}/g, '$1')
    .replace('projects/*', 'projects/{project}')
    .replace('databases/*', 'databases/{database}')
    .replace('{collection_id}', '{collectionId}');
  const isParent = expanded.includes('{collectionId}');
  const collection = isParent ? 'parentCollectionId' : 'collectionId';
  const document = isParent ? 'parentPath' : 'documentPath';
  const below = `/{${collection}}/{${document}}`;
  if (expanded.includes('/*/**')) return [expanded.replace('/*/**', below)];
  return expanded.includes('/**')
    ? [expanded.replace('/**', ''), expanded.replace('/**', below)]
    : [expanded];
}
