import type { Fields } from '@telestack/values';
import { documentResource } from '../firestore/resource.ts';
import { EvaluationError, unsupportedOperation } from '../values/error.ts';
import type { Path } from '../values/path.ts';
import { typeOfValue } from '../values/type-of.ts';
import type { Value } from '../values/value.ts';

/** `before` is the stored state, `after` the state that the request's writes lead to. */
export type LookupState = 'before' | 'after';

export interface Lookup {
  readonly state: LookupState;
  /** `(default)` and the like. */
  readonly database: string;
  /** Below the database: `users/alice`. */
  readonly path: string;
}

/** One text per look-up. */
export const keyOf = ({ state, database, path }: Lookup): string => `${state} ${database} ${path}`;

/** What is known of a document: its fields, null when it does not exist, undefined when nobody has looked. */
export type LookupSource = (lookup: Lookup) => Fields | null | undefined;

/** Documents that rules may look at for one document of a request, and for a query. */
export const MAX_LOOKUPS = 10;
/** The same for all documents of a request together. */
const MAX_LOOKUPS_OF_REQUEST = 20;

/** The documents that rules have looked at for a request about several documents, and for which of them first: for the others they do not count. */
export type LookedUp = Map<string, string>;

/** The value of a look-up that has not been made: the rules are run again when it has. */
class Pending extends EvaluationError {}
const pending = new Pending('A look-up is pending.');

/** The look-ups of one evaluation. */
export class LookupSession {
  /** By key; what the decision may depend on. */
  readonly made = new Map<string, Lookup>();
  /** What the source does not know. */
  readonly missing: Lookup[] = [];
  readonly #source: LookupSource;
  /** Databases whose documents may be looked at; undefined for any. */
  readonly #database: string | undefined;
  readonly #limit: number;
  readonly #counted = new Set<string>();
  readonly #lookedUp: LookedUp;
  readonly #on: string;

  /**
   * @param on the document that the evaluation is about
   * @param lookedUp is added to
   */
  constructor(
    source: LookupSource,
    database: string | undefined,
    limit = MAX_LOOKUPS,
    on = '',
    lookedUp: LookedUp = new Map(),
  ) {
    this.#source = source;
    this.#database = database;
    this.#limit = limit;
    this.#on = on;
    this.#lookedUp = lookedUp;
  }

  /** A document that the decision depends on without a look-up by the rules. */
  note(lookup: Lookup): void {
    this.made.set(keyOf(lookup), lookup);
  }

  /** `get` and `getAfter`. */
  get(name: string, state: LookupState, path: Value): Value | EvaluationError {
    const found = this.#find(name, state, path);
    if (found instanceof EvaluationError) return found;
    if (found.fields === null) return serviceError(name);
    return documentResource(found.lookup.database, found.lookup.path, found.fields);
  }

  /** `exists` and `existsAfter`. */
  exists(name: string, state: LookupState, path: Value): boolean | EvaluationError {
    const found = this.#find(name, state, path);
    return found instanceof EvaluationError ? found : found.fields !== null;
  }

  #find(name: string, state: LookupState, path: Value): Found | EvaluationError {
    if (typeOfValue(path) !== 'path') {
      return unsupportedOperation(`${name}(${typeOfValue(path)})`, [`${name}(path)`]);
    }
    const document = this.#parse(state, path as Path);
    if (document === undefined) return serviceError(name);
    const key = keyOf(document);
    const known = this.made.get(key);
    if (!this.#count(`${document.database} ${document.path}`)) return serviceError(name);
    const lookup = known ?? document;
    this.made.set(key, lookup);
    const fields = this.#source(lookup);
    if (fields !== undefined) return { lookup, fields };
    if (known === undefined) this.missing.push(lookup);
    return pending;
  }

  /** False when it is one too many. A document counts once, whichever of its states are asked for. */
  #count(document: string): boolean {
    const first = this.#lookedUp.get(document);
    if (this.#counted.has(document) || (first !== undefined && first !== this.#on)) return true;
    if (this.#counted.size >= this.#limit) return false;
    if (first === undefined && this.#lookedUp.size >= MAX_LOOKUPS_OF_REQUEST) return false;
    this.#counted.add(document);
    this.#lookedUp.set(document, this.#on);
    return true;
  }

  /** `/databases/d/documents/a/b` as a document; undefined for other paths. */
  #parse(state: LookupState, name: Path): Lookup | undefined {
    const segments = name.texts();
    if (segments === undefined || segments.length < 4) return undefined;
    const [databases, database, documents, ...rest] = segments;
    if (databases !== 'databases' || documents !== 'documents') return undefined;
    if (this.#database !== undefined && database !== this.#database) return undefined;
    // What was inserted may hold slashes of its own.
    const path = rest.join('/');
    const ids = path.split('/');
    if (ids.length % 2 === 1 || ids.includes('')) return undefined;
    return { state, database: database!, path };
  }
}

interface Found {
  readonly lookup: Lookup;
  readonly fields: Fields | null;
}

const serviceError = (name: string): EvaluationError =>
  new EvaluationError(`Service call error. Function: [${name}]`);
