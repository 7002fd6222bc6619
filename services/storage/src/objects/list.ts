import { invalidArgument } from '@telestack/errors';
import type { Queryable } from '@telestack/pg';
import type { StorageObject } from './object.ts';
import { objectOf } from './rows.ts';

export interface ListRequest {
  readonly bucket: string;
  readonly prefix: string;
  /** Paths are cut after its first occurrence behind the prefix; '' for none. */
  readonly delimiter: string;
  readonly pageToken?: string;
  readonly maxResults: number;
  /** Bounds of names: from `startOffset` on, and before `endOffset`. */
  readonly startOffset?: string;
  readonly endOffset?: string;
}

export interface ListPage {
  readonly items: readonly StorageObject[];
  readonly prefixes: readonly string[];
  readonly nextPageToken?: string;
}

/**
 * One page in byte order of names. With a delimiter, a recursive query hops from one entry to the next through the primary key: a folder
 * costs one step, however much is in it.
 */
export async function listObjects(db: Queryable, request: ListRequest): Promise<ListPage> {
  const { bucket, prefix, delimiter, maxResults } = request;
  const from = maxOf(prefix, request.startOffset ?? '', decodeToken(request.pageToken));
  const ends = [successor(prefix), request.endOffset].filter((end) => end !== undefined && end !== '');
  const until = ends.length > 0 ? ends.reduce((a, b) => (compare(a!, b!) < 0 ? a : b))! : null;
  const limit = maxResults + 1;
  const values = [bucket, from, until, limit];
  const { rows } =
    delimiter === ''
      ? await db.query<Entry>(
          `SELECT path AS entry, false AS is_folder, o.* FROM storage.objects o
            WHERE bucket = $1 AND path >= $2 AND ($3::text IS NULL OR path < $3) ORDER BY path LIMIT $4`,
          values,
        )
      : await db.query<Entry>(HOP, [...values, [...prefix].length, delimiter]);
  const page = rows.slice(0, maxResults);
  return {
    items: page.filter((row) => !row.is_folder).map(objectOf),
    prefixes: page.filter((row) => row.is_folder).map(({ entry }) => entry),
    nextPageToken: rows.length > maxResults ? encodeToken(rows[maxResults]!.entry) : undefined,
  };
}

interface Entry {
  /** The object's path, or the prefix that stands for a folder. */
  entry: string;
  is_folder: boolean;
}

// $5 is the prefix's length in characters. A prefix's successor has its last character's code increased by one.
const HOP = `
WITH RECURSIVE found AS (
  (SELECT path, cut.entry, cut.is_folder, cut.next, 1 AS n FROM storage.objects, LATERAL (SELECT ${cut()}) AS cut
    WHERE bucket = $1 AND path >= $2 AND ($3::text IS NULL OR path < $3) ORDER BY path LIMIT 1)
  UNION ALL
  SELECT step.path, step.entry, step.is_folder, step.next, found.n + 1 FROM found, LATERAL (
    SELECT path, cut.entry, cut.is_folder, cut.next FROM storage.objects, LATERAL (SELECT ${cut()}) AS cut
     WHERE bucket = $1 AND path >= found.next AND ($3::text IS NULL OR path < $3) ORDER BY path LIMIT 1
  ) AS step WHERE found.n < $4
)
SELECT found.entry, found.is_folder, o.* FROM found JOIN storage.objects o ON o.bucket = $1 AND o.path = found.path ORDER BY found.n`;

/** The entry that a path stands for, and the least name behind that entry. */
function cut(): string {
  const rest = `substr(path, $5::int + 1)`;
  const at = `strpos(${rest}, $6)`;
  const folder = `left(path, $5::int + ${at} - 1 + length($6))`;
  return `CASE WHEN ${at} = 0 THEN path ELSE ${folder} END COLLATE "C" AS entry,
    ${at} > 0 AS is_folder,
    CASE WHEN ${at} = 0 THEN path || U&'\\0001' ELSE left(${folder}, -1) || chr(ascii(right(${folder}, 1)) + 1) END COLLATE "C" AS next`;
}

/** The least string that is greater than all that begin with `prefix`; undefined when there is none. */
export function successor(prefix: string): string | undefined {
  const characters = [...prefix];
  while (characters.length > 0) {
    const code = characters.pop()!.codePointAt(0)!;
    if (code === 0x10ffff) continue;
    // Surrogates are no characters.
    return characters.join('') + String.fromCodePoint(code === 0xd7ff ? 0xe000 : code + 1);
  }
  return undefined;
}

function maxOf(...names: string[]): string {
  return names.reduce((a, b) => (compare(a, b) >= 0 ? a : b));
}

function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function encodeToken(entry: string): string {
  return Buffer.from(entry).toString('base64url');
}

function decodeToken(token: string | undefined): string {
  const name = Buffer.from(token ?? '', 'base64url').toString('utf8');
  if (name.includes('\0') || name.includes('\ufffd')) throw invalidArgument('Invalid page token.');
  return name;
}
