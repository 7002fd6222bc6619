import type { JsonSchema } from '../schema/schema.ts';
import { projects, spec } from './project.ts';
import { status } from './status.ts';

/** The documentation of the custom resource, from its schema. */
export function referenceText(): string {
  const { group, version, kind } = projects;
  return [
    `# ${kind} (${group}/${version})`,
    '',
    'Generated from the schema in `operator/src/api`. Fields without a default are optional unless marked *required*.',
    '',
    '## spec',
    '',
    ...table(spec.json),
    '',
    '## Rules',
    '',
    'What the API server refuses, beside wrong types and values:',
    '',
    ...rules(spec.json, 'spec').map(([path, message]) => `- \`${path}\`: ${message}`),
    '',
    '## status',
    '',
    ...table(status.json),
    '',
  ].join('\n');
}

function table(schema: JsonSchema): string[] {
  const rows = fields(schema, '').map(
    (row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`,
  );
  return ['| Field | Type | Default | Meaning |', '| --- | --- | --- | --- |', ...rows];
}

function fields(schema: JsonSchema, path: string): string[][] {
  const inner = schema.items ?? schema;
  const suffix = schema.items === undefined ? '' : '[]';
  return Object.entries(inner.properties ?? {}).flatMap(([name, field]) => {
    const at = `${path}${suffix}${path === '' ? '' : '.'}${name}`;
    const isRequired = inner.required?.includes(name) === true;
    const meaning = `${isRequired ? '*required* ' : ''}${field.description ?? ''}`;
    return [[`\`${at}\``, typeOf(field), defaultOf(field), meaning], ...fields(field, at)];
  });
}

function typeOf({ type, enum: values, items, additionalProperties }: JsonSchema): string {
  if (values !== undefined) return values.map((value) => `\`${value}\``).join(', ');
  if (items !== undefined) return `list of ${typeOf(items)}`;
  return additionalProperties === undefined ? type : `map to ${typeOf(additionalProperties)}`;
}

/** Those of objects are the sum of their fields'. */
function defaultOf({ default: value }: JsonSchema): string {
  if (value === undefined || value === '' || (typeof value === 'object' && !Array.isArray(value))) return '';
  return `\`${JSON.stringify(value)}\``;
}

function rules(schema: JsonSchema, path: string): [string, string][] {
  const own = (schema['x-kubernetes-validations'] ?? []).map(({ message }): [string, string] => [
    path,
    message,
  ]);
  const inner = Object.entries(schema.properties ?? {}).flatMap(([name, field]) =>
    rules(field, `${path}.${name}`),
  );
  const items = schema.items === undefined ? [] : rules(schema.items, `${path}[]`);
  return [...own, ...inner, ...items];
}
