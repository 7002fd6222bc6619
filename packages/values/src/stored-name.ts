import { numericId } from './identifiers.ts';
import { numberKey } from './number-key.ts';
import { escapeText, unescapeText } from './text.ts';

/** What a numeric id begins with: below every other text. */
const NUMERIC = '\x01\x01';

/**
 * A document path (or a part of it) as PostgreSQL holds it: text whose bytes sort as ids do, segment by segment. Nearly every path is its
 * own stored form; U+0000 (unknown to PostgreSQL), U+0001 and numeric ids are written differently.
 */
export function storedPath(path: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these two are what is escaped
  if (!/[\0\x01]|__id/.test(path)) return path;
  return path.split('/').map(storedId).join('/');
}

function storedId(id: string): string {
  const number = numericId(id);
  return number === undefined ? escapeText(id) : NUMERIC + numberKey(number);
}

/** The path that a stored one stands for. */
export function pathOfStored(stored: string): string {
  if (!stored.includes('\x01')) return stored;
  return stored.split('/').map(idOfStored).join('/');
}

function idOfStored(stored: string): string {
  if (!stored.startsWith(NUMERIC)) return unescapeText(stored);
  return `__id${numberOfKey(stored.slice(NUMERIC.length))}__`;
}

/** The integer of a number's sort key: docs/spec/storage.md. */
function numberOfKey(key: string): bigint {
  const bits = BigInt(`0x${key.slice(2, 18)}`);
  const isNegative = key[1] === 'n';
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, isNegative ? ~bits : bits);
  const remainder = key.length > 18 ? BigInt(Number(key.slice(18)) - 5000) : 0n;
  return BigInt(view.getFloat64(0)) + remainder;
}

/**
 * Text whose UTF-8 byte order is the order of document paths: the stored path with U+0001 U+0001 between its segments. As
 * `telestack.path_key` in PostgreSQL.
 */
export function pathKey(path: string): string {
  return storedPath(path).replaceAll('/', '\x01\x01');
}
