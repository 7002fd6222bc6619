import { internal, invalidArgument, StatusError } from '@telestack/errors';
import { parseJsonText } from '@telestack/json';
import { checkCollectionId, documentName, type Fields } from '@telestack/values';
import type { DocumentKey } from '../commit/request.ts';
import { compileSchema, type Validator } from './validator.ts';

const MAX_SCHEMAS = 1_000;
const MAX_CHARACTERS = 4 * 1024 * 1024;

/** The JSON Schemas of a database, by collection id. They are compiled when a document of the collection comes. */
export class Schemas {
  readonly #sources: ReadonlyMap<string, unknown>;
  readonly #validators = new Map<string, Validator>();

  private constructor(sources: ReadonlyMap<string, unknown>) {
    this.#sources = sources;
  }

  /**
   * Reads what `checkSchemas` has let through: a JSON object of schemas by collection id. Members that begin with `$` are not collections: a
   * file may name its own schema.
   * @throws StatusError INVALID_ARGUMENT
   */
  static parse(text: string): Schemas {
    if (text.length > MAX_CHARACTERS) throw invalidArgument(`Schemas may have ${MAX_CHARACTERS} characters.`);
    const value = parseJson(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw invalidArgument('Schemas must be an object with a schema for each collection id.');
    }
    const entries = Object.entries(value).filter(([name]) => name !== '$schema');
    if (entries.length > MAX_SCHEMAS) throw invalidArgument(`There may be ${MAX_SCHEMAS} schemas.`);
    for (const [collection] of entries) checkCollectionId(collection);
    return new Schemas(new Map(entries));
  }

  get isEmpty(): boolean {
    return this.#sources.size === 0;
  }

  /** Compiles all. @throws StatusError INVALID_ARGUMENT with the collection and what is wrong with its schema */
  compileAll(): void {
    for (const collection of this.#sources.keys()) this.validatorOf(collection);
  }

  /** Undefined for a collection without a schema. */
  validatorOf(collection: string): Validator | undefined {
    const known = this.#validators.get(collection);
    if (known !== undefined || !this.#sources.has(collection)) return known;
    try {
      const validator = compileSchema(this.#sources.get(collection));
      this.#validators.set(collection, validator);
      return validator;
    } catch (error) {
      if (!(error instanceof StatusError)) throw internal('A schema cannot be compiled.', { cause: error });
      throw invalidArgument(`Schema of "${collection}": ${error.message}`);
    }
  }

  /** @throws StatusError INVALID_ARGUMENT with the document and the JSON path of what does not fit */
  check({ database, path, collectionId }: DocumentKey, fields: Fields): void {
    const misfit = this.validatorOf(collectionId)?.(fields);
    if (misfit === undefined) return;
    const name = documentName(database, path);
    throw invalidArgument(
      `Document "${name}" does not fit the schema of "${collectionId}": ${misfit.path} ${misfit.problem}`,
    );
  }
}

function parseJson(text: string): unknown {
  try {
    return parseJsonText(text);
  } catch (error) {
    throw invalidArgument(`Schemas must be JSON: ${error instanceof Error ? error.message : error}`);
  }
}
