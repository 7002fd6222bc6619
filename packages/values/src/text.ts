/**
 * UTF-8 byte order of two strings. It is UTF-16 order except that surrogates (U+10000 and above) come after
 * U+E000..U+FFFF.
 */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    return x >= 0xd800 && y >= 0xd800 ? rotate(x) - rotate(y) : x - y;
  }
  return a.length - b.length;
}

/** Moves the surrogates behind the other code units from U+D800. */
const rotate = (unit: number): number => (unit >= 0xe000 ? unit - 0x800 : unit + 0x2000);

/** Length in UTF-8 bytes. */
export const utf8Length = (text: string): number => Buffer.byteLength(text, 'utf8');

/** Whether a string is at most so many UTF-8 bytes long. */
export function fitsUtf8(text: string, limit: number): boolean {
  return text.length * 3 <= limit || (text.length <= limit && utf8Length(text) <= limit);
}

/** Text in which U+0000 (unknown to PostgreSQL) and U+0001 keep their place, and U+0001 U+0001 is free to end it. */
export function escapeText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these two are what is escaped
  return /[\0\x01]/.test(text) ? text.replaceAll('\x01', '\x01\x03').replaceAll('\0', '\x01\x02') : text;
}

/** What `escapeText` has made a text of. */
export function unescapeText(text: string): string {
  return text.includes('\x01') ? text.replaceAll('\x01\x02', '\0').replaceAll('\x01\x03', '\x01') : text;
}
