import type { IncomingMessage } from 'node:http';
import { cancelled, invalidArgument, resourceExhausted } from '@telestack/errors';
import { parseJsonText } from '@telestack/json';

/** Requests of these APIs are small; documents come over other routes with a limit of their own. */
export const DEFAULT_BODY_LIMIT = 1024 * 1024;

/** A body that is too large is refused before it is read whole. @throws StatusError RESOURCE_EXHAUSTED, CANCELLED */
export async function readBody(request: IncomingMessage, limit = DEFAULT_BODY_LIMIT): Promise<Buffer> {
  const tooLarge = () => resourceExhausted(`The request is larger than ${limit} bytes.`);
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limit) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (error) {
    if (request.destroyed && !request.complete && size <= limit)
      throw cancelled('The client went away.', { cause: error });
    throw error;
  }
  return Buffer.concat(chunks, size);
}

/** A body as JSON; an empty one is `{}`. @throws StatusError INVALID_ARGUMENT, RESOURCE_EXHAUSTED */
export async function readJson(request: IncomingMessage, limit = DEFAULT_BODY_LIMIT): Promise<unknown> {
  const body = await readBody(request, limit);
  if (body.length === 0) return {};
  try {
    return parseJsonText(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (cause) {
    throw invalidArgument('Invalid JSON payload received.', { cause });
  }
}

/** How long a client may go on sending what nobody wants before its connection is cut. */
const DRAIN_MS = 30_000;

/**
 * Reads what is left of a body that was refused: a client that is cut off while it sends never sees the answer, and on a kept-alive
 * connection the next request would wait behind the rest.
 */
export function drain(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  const timer = setTimeout(() => request.destroy(), DRAIN_MS);
  request.once('close', () => clearTimeout(timer));
  request.once('end', () => clearTimeout(timer));
  request.on('error', () => {});
  request.resume();
}
