import type { Fields } from '@telestack/values';
import { RulesMap } from '../values/map.ts';
import { Path } from '../values/path.ts';
import { StoredMap } from '../values/stored.ts';
import type { Value } from '../values/value.ts';

const MEMBERS = ['__name__', 'data', 'id'] as const;

class DocumentResource extends RulesMap {
  readonly #database: string;
  readonly #path: string;
  readonly #data: StoredMap;

  constructor(database: string, path: string, fields: Fields) {
    super();
    this.#database = database;
    this.#path = path;
    this.#data = new StoredMap(fields);
  }

  override get(key: string): Value | undefined {
    switch (key) {
      case 'data':
        return this.#data;
      case 'id':
        return this.#path.slice(this.#path.lastIndexOf('/') + 1);
      case '__name__':
        return new Path(['databases', this.#database, 'documents', ...this.#path.split('/')]);
      default:
        return undefined;
    }
  }

  override has(key: string): boolean {
    return (MEMBERS as readonly string[]).includes(key);
  }

  override keys(): string[] {
    return [...MEMBERS];
  }
}

/** A document as rules see it: `data`, `id` and `__name__`. `path` is below the database. */
export const documentResource = (database: string, path: string, fields: Fields): RulesMap =>
  new DocumentResource(database, path, fields);
