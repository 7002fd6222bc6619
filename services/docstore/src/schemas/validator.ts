import { invalidArgument } from '@telestack/errors';
import type { Fields } from '@telestack/values';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { RE2JS } from 're2js';
import { formatJsonPath } from './json-path.ts';
import { plainJson } from './plain-json.ts';

/** What is wrong with a document. */
export interface Misfit {
  /** "$.address.zip" */
  readonly path: string;
  readonly problem: string;
}

/** The first thing that is wrong with a document's fields; undefined when they fit. */
export type Validator = (fields: Fields) => Misfit | undefined;

/** As large as rules may be. */
const MAX_CHARACTERS = 256 * 1024;
const MAX_PATTERN = 10_000;

/**
 * @param schema JSON Schema 2020-12; references stay inside of it
 * @throws StatusError INVALID_ARGUMENT with what is wrong with the schema
 */
export function compileSchema(schema: unknown): Validator {
  if (
    typeof schema !== 'boolean' &&
    (typeof schema !== 'object' || schema === null || Array.isArray(schema))
  ) {
    throw invalidArgument('a schema is an object, true or false');
  }
  if (JSON.stringify(schema).length > MAX_CHARACTERS) {
    throw invalidArgument(`a schema may have ${MAX_CHARACTERS} characters`);
  }
  let validate: ValidateFunction;
  try {
    grammar ??= newAjv(true);
    if (!grammar.validateSchema(schema))
      throw new Error(grammar.errorsText(grammar.errors, { dataVar: 'schema' }));
    // One for each schema: their ids and definitions shall not meet.
    validate = newAjv(false).compile(schema);
  } catch (error) {
    throw invalidArgument(error instanceof Error ? error.message : String(error));
  }
  if ('$async' in validate) throw invalidArgument('asynchronous schemas are not supported');
  return (fields) => firstMisfit(validate, fields);
}

function firstMisfit(validate: ValidateFunction, fields: Fields): Misfit | undefined {
  try {
    if (validate(plainJson(fields))) return undefined;
  } catch (error) {
    // A schema that refers to itself without an end, on data that is nested without one.
    return { path: '$', problem: `cannot be checked: ${error instanceof Error ? error.message : error}` };
  }
  return toMisfit(validate.errors![0]!);
}

/** Knows what schemas look like. There is one: compiling that takes as long as ten schemas. */
let grammar: Ajv2020 | undefined;

function newAjv(validateSchema: boolean): Ajv2020 {
  const ajv = new Ajv2020({
    validateSchema,
    // What a schema says and nobody looks at is a mistake of its writer; but types may be left out.
    strictSchema: true,
    strictTypes: false,
    strictTuples: false,
    strictRequired: false,
    // "toString" is not a member of every map.
    ownProperties: true,
    code: { regExp: linearRegExp },
    logger: false,
  });
  addFormats.default(ajv);
  return ajv;
}

/** Patterns in RE2's syntax: what a client writes must not make one take exponential time. */
const linearRegExp = Object.assign(
  (pattern: string) => {
    if (pattern.length > MAX_PATTERN) throw new Error(`a pattern may have ${MAX_PATTERN} characters`);
    const regex = RE2JS.compile(RE2JS.translateRegExp(pattern));
    // Ajv tells expressions apart by their text.
    return { test: (text: string) => regex.test(text), toString: () => pattern };
  },
  { code: 'RE2' },
);

function toMisfit({ instancePath, keyword, params, message = 'does not fit' }: ErrorObject): Misfit {
  const at = (member: unknown) => formatJsonPath(`${instancePath}/${escapePointer(String(member))}`);
  switch (keyword) {
    case 'required':
    case 'dependentRequired':
      return { path: at(params.missingProperty), problem: 'is required' };
    case 'additionalProperties':
      return { path: at(params.additionalProperty), problem: 'is not allowed' };
    case 'unevaluatedProperties':
      return { path: at(params.unevaluatedProperty), problem: 'is not allowed' };
    case 'false schema':
      return { path: formatJsonPath(instancePath), problem: 'is not allowed' };
    case 'enum':
      return {
        path: formatJsonPath(instancePath),
        problem: `must be one of ${JSON.stringify(params.allowedValues)}`,
      };
    case 'const':
      return {
        path: formatJsonPath(instancePath),
        problem: `must be ${JSON.stringify(params.allowedValue)}`,
      };
    default:
      return { path: formatJsonPath(instancePath), problem: message };
  }
}

const escapePointer = (member: string): string => member.replaceAll('~', '~0').replaceAll('/', '~1');
