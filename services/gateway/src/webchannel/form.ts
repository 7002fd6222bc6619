import { invalidArgument } from '@telestack/errors';

/** A message of the client: its number in the session, and its JSON text. */
export interface ClientMessage {
  readonly id: number;
  readonly text: string;
}

export interface Form {
  /** What the client could not send as HTTP headers without a preflight; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly messages: readonly ClientMessage[];
}

/** Closure's client sends at most 1,000 messages at once. */
const MAX_MESSAGES = 1_000;

/**
 * Reads the body of a forward request: `headers=…&count=2&ofs=7&req0___data__={…}&req1___data__={…}`, percent-encoded.
 * @throws StatusError INVALID_ARGUMENT
 */
export function parseForm(body: string): Form {
  const fields = new URLSearchParams(body);
  const count = numberOf(fields.get('count') ?? '0');
  const offset = numberOf(fields.get('ofs') ?? '0');
  if (count > MAX_MESSAGES) throw invalidArgument('Too many messages in one request.');
  const messages = Array.from({ length: count }, (_, i) => {
    const text = fields.get(`req${i}___data__`);
    if (text === null) throw invalidArgument(`The request lacks its message ${i}.`);
    return { id: offset + i, text };
  });
  return { headers: parseHeaders(fields.get('headers') ?? ''), messages };
}

function numberOf(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw invalidArgument('The request has no valid count of its messages.');
  return Number(text);
}

/** `Name:value` lines that end in CRLF (goog.net.rpc.HttpCors). */
function parseHeaders(text: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
  return headers;
}
