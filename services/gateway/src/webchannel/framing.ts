/** The version of the protocol that Closure's WebChannel speaks (goog.labs.net.webChannel.WireV8). */
export const PROTOCOL_VERSION = 8;
/** What the server says it is; Closure's client only logs it. */
const SERVER_VERSION = 12;
/** A back channel is never silent for so long: the client gives it up after 1.5 times this. */
export const KEEPALIVE_MS = 30_000;

/** A numbered message to the client, `[id, payload]`; `payload` is JSON text of an array. */
export const numbered = (id: number, payload: string): string => `[${id},${payload}]`;

/** What goes on the wire: a length in UTF-16 code units, a line feed, JSON. */
export const chunk = (json: string): string => `${json.length}\n${json}`;

/** The payload that opens a session. */
export const openPayload = (sessionId: string): string =>
  JSON.stringify(['c', sessionId, '', PROTOCOL_VERSION, SERVER_VERSION, KEEPALIVE_MS]);

export const NOOP = '["noop"]';
/** The client closes the session when it reads this. */
export const CLOSE = '["close"]';
