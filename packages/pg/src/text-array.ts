/** `text` in pg_type. */
const TEXT_OID = 25;
const HEADER_BYTES = 20;
const EMPTY_HEADER_BYTES = 12;

/**
 * A `text[]` in PostgreSQL's binary form (array_recv): for arrays of documents it takes neither us the time to escape every quote nor PostgreSQL
 * the time to find them. The driver sends a Buffer as a binary parameter.
 */
export function textArray(values: readonly (string | null)[]): Buffer {
  let bytes = values.length === 0 ? EMPTY_HEADER_BYTES : HEADER_BYTES;
  for (const value of values) bytes += 4 + (value === null ? 0 : Buffer.byteLength(value));
  const buffer = Buffer.allocUnsafe(bytes);
  buffer.writeInt32BE(values.length === 0 ? 0 : 1, 0); // dimensions
  buffer.writeInt32BE(values.includes(null) ? 1 : 0, 4);
  buffer.writeInt32BE(TEXT_OID, 8);
  if (values.length === 0) return buffer;
  buffer.writeInt32BE(values.length, 12);
  buffer.writeInt32BE(1, 16); // index of the first
  let at = HEADER_BYTES;
  for (const value of values) {
    const length = value === null ? -1 : buffer.write(value, at + 4);
    buffer.writeInt32BE(length, at);
    at += 4 + Math.max(length, 0);
  }
  return buffer;
}
