import { parseJsonText } from '@telestack/json';
import { type Document, documentName, encodeDocument, type Fields } from '@telestack/values';

/**
 * One version of a document, shared by all views and streams that it goes to: parsed once, encoded once, and only when someone needs it.
 */
export class DocumentState {
  readonly database: string;
  /** Path below the database. */
  readonly path: string;
  /** Microseconds. */
  readonly createTime: number;
  readonly updateTime: number;
  /** False for a document that was read by name only: it has times, and no fields. */
  readonly hasContent: boolean;
  /** Rough size in memory; bytes. */
  readonly size: number;
  #json: Uint8Array | undefined;
  #fields: Fields | undefined;
  #encoded: Uint8Array | undefined;

  private constructor(
    database: string,
    path: string,
    createTime: number,
    updateTime: number,
    content: { json?: Uint8Array; fields?: Fields },
  ) {
    this.database = database;
    this.path = path;
    this.createTime = createTime;
    this.updateTime = updateTime;
    this.hasContent = content.json !== undefined || content.fields !== undefined;
    this.size = path.length + (content.json?.length ?? 0) + 100;
    this.#json = content.json;
    this.#fields = content.fields;
  }

  /** From the change stream: `json` is the stored form. */
  static ofChange(
    database: string,
    path: string,
    createTime: number,
    updateTime: number,
    json: Uint8Array,
  ): DocumentState {
    return new DocumentState(database, path, createTime, updateTime, { json });
  }

  /** From the docstore. */
  static ofDocument(database: string, path: string, document: Document, namesOnly: boolean): DocumentState {
    const content = namesOnly ? {} : { fields: document.fields };
    return new DocumentState(database, path, document.createTime ?? 0, document.updateTime ?? 0, content);
  }

  get name(): string {
    return documentName(this.database, this.path);
  }

  get fields(): Fields {
    if (this.#fields === undefined) {
      if (this.#json === undefined) throw new Error(`${this.path} was read without its fields`);
      this.#fields = parseJsonText(Buffer.from(this.#json).toString()) as Fields;
      this.#json = undefined;
    }
    return this.#fields;
  }

  /** As google.firestore.v1.Document. */
  get encoded(): Uint8Array {
    this.#encoded ??= encodeDocument(this.name, this.fields, this.createTime, this.updateTime);
    return this.#encoded;
  }
}
