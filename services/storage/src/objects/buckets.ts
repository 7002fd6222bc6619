import { createHash } from 'node:crypto';
import { alreadyExists, failedPrecondition, notFound, permissionDenied } from '@telestack/errors';
import type { Database } from '@telestack/pg';
import type { ObjectStore } from '../s3/object-store.ts';
import { bucketName } from './names.ts';

export interface Bucket {
  readonly name: string;
  readonly project: string;
  /** What the object store calls it. */
  readonly storeName: string;
  readonly createTime: Date;
}

interface Row {
  name: string;
  project: string;
  store_name: string;
  create_time: string;
}

/** Names that S3 takes: no underscores, at most 63 characters, not shaped like an address. */
const STORE_NAME = /^(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
/** The bucket that Firebase makes for a project. */
const OF_PROJECT = /^(.+?)\.(appspot\.com|firebasestorage\.app)$/;

/** The buckets of all projects. */
export class Buckets {
  readonly #db: Database;
  readonly #store: ObjectStore;
  readonly #options: { readonly prefix: string; readonly isImplicit: boolean; readonly project: string };
  readonly #known = new Map<string, Bucket>();
  /** Store buckets that this process has made sure of. */
  readonly #ensured = new Map<string, Promise<void>>();

  /** `isImplicit`: every bucket exists once something is stored in it, as in Firebase's emulator. */
  constructor(
    db: Database,
    store: ObjectStore,
    options: { prefix: string; isImplicit: boolean; project: string },
  ) {
    this.#db = db;
    this.#store = store;
    this.#options = options;
  }

  /** @throws StatusError INVALID_ARGUMENT for a name that no bucket can have */
  async find(name: string): Promise<Bucket | undefined> {
    const known = this.#known.get(bucketName(name));
    if (known) return known;
    const { rows } = await this.#db.query<Row>('SELECT * FROM storage.buckets WHERE name = $1', [name]);
    return rows[0] && this.#remember(rows[0]);
  }

  /** @throws StatusError NOT_FOUND */
  async get(name: string): Promise<Bucket> {
    const bucket = await this.find(name);
    if (!bucket) throw notFound('The specified bucket does not exist.');
    return bucket;
  }

  /**
   * The bucket as if it existed already, for reads and for rules: where buckets are implicit, one that nobody has written to is empty.
   * @throws StatusError NOT_FOUND
   */
  async assume(name: string): Promise<Bucket> {
    if (!this.#isImplicit(name)) return this.get(name);
    return (await this.find(name)) ?? this.#planned(name, this.projectOf(name));
  }

  /** The bucket, there in the object store. @throws StatusError NOT_FOUND */
  async forWriting(name: string): Promise<Bucket> {
    const bucket = this.#isImplicit(name)
      ? ((await this.find(name)) ?? (await this.#insert(name, this.projectOf(name))))
      : await this.get(name);
    await this.#ensure(bucket.storeName);
    return bucket;
  }

  /** @throws StatusError ALREADY_EXISTS, INVALID_ARGUMENT, PERMISSION_DENIED for the name of another project's bucket */
  async create(name: string, project: string): Promise<Bucket> {
    if ((OF_PROJECT.exec(bucketName(name))?.[1] ?? project) !== project)
      throw permissionDenied(`The bucket name '${name}' is another project's.`);
    if (await this.find(name)) {
      throw alreadyExists(
        'Your previous request to create the named bucket succeeded and you already own it.',
      );
    }
    const bucket = await this.#insert(name, project);
    await this.#ensure(bucket.storeName);
    return bucket;
  }

  async list(project?: string): Promise<Bucket[]> {
    const { rows } = await this.#db.query<Row>(
      'SELECT * FROM storage.buckets WHERE $1::text IS NULL OR project = $1 ORDER BY name LIMIT 10000',
      [project ?? null],
    );
    return rows.map((row) => this.#remember(row));
  }

  /** @throws StatusError FAILED_PRECONDITION when it is not empty */
  async remove(bucket: Bucket): Promise<void> {
    await this.#db.transaction(async (tx) => {
      const { rows } = await tx.query('SELECT 1 FROM storage.objects WHERE bucket = $1 LIMIT 1', [
        bucket.name,
      ]);
      if (rows.length > 0) throw failedPrecondition('The bucket you tried to delete is not empty.');
      await tx.query('DELETE FROM storage.buckets WHERE name = $1', [bucket.name]);
      await this.#store.removeBucket(bucket.storeName);
    });
    this.#known.delete(bucket.name);
    this.#ensured.delete(bucket.storeName);
  }

  /** The bucket by its name in the object store. */
  async byStoreName(storeName: string): Promise<Bucket | undefined> {
    for (const bucket of this.#known.values()) if (bucket.storeName === storeName) return bucket;
    const { rows } = await this.#db.query<Row>('SELECT * FROM storage.buckets WHERE store_name = $1', [
      storeName,
    ]);
    return rows[0] && this.#remember(rows[0]);
  }

  /**
   * The project of a bucket that has Firebase's name for it; else the configured one. Where all buckets are implicit, one without a dot is
   * named after its project, as `@firebase/rules-unit-testing` does.
   */
  projectOf(name: string): string {
    const { isImplicit, project } = this.#options;
    return OF_PROJECT.exec(name)?.[1] ?? (isImplicit && !name.includes('.') ? name : project);
  }

  /** Firebase's buckets of a project are there without being made, in production too: rules decide what comes into them. */
  #isImplicit(name: string): boolean {
    return this.#options.isImplicit || OF_PROJECT.test(name);
  }

  #planned(name: string, project: string): Bucket {
    return { name, project, storeName: this.#storeName(name), createTime: new Date() };
  }

  #storeName(name: string): string {
    const wanted = `${this.#options.prefix}${name}`;
    if (STORE_NAME.test(wanted)) return wanted;
    const hash = createHash('sha256').update(wanted).digest('hex').slice(0, 12);
    const readable = wanted.replaceAll(/[^a-z0-9-]+/g, '-').slice(0, 50);
    return `${readable.replaceAll(/^-+|-+$/g, '')}-${hash}`;
  }

  async #insert(name: string, project: string): Promise<Bucket> {
    const { storeName } = this.#planned(name, project);
    // Somebody else may insert it at the same moment, which either of the table's keys may notice first.
    await this.#db.query(
      'INSERT INTO storage.buckets (name, project, store_name) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
      [name, project, storeName],
    );
    const { rows } = await this.#db.query<Row>('SELECT * FROM storage.buckets WHERE name = $1', [name]);
    // Of two names with one hash, the second has no place in the object store.
    if (!rows[0]) throw alreadyExists('The object store has a bucket of this name already.');
    return this.#remember(rows[0]);
  }

  #ensure(storeName: string): Promise<void> {
    let ensured = this.#ensured.get(storeName);
    if (!ensured) {
      ensured = this.#store.ensureBucket(storeName);
      this.#ensured.set(storeName, ensured);
      ensured.catch(() => this.#ensured.delete(storeName));
    }
    return ensured;
  }

  #remember(row: Row): Bucket {
    const bucket = {
      name: row.name,
      project: row.project,
      storeName: row.store_name,
      createTime: new Date(row.create_time),
    };
    this.#known.set(bucket.name, bucket);
    return bucket;
  }
}
