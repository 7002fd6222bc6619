import type { IncomingMessage } from 'node:http';
import { Code, invalidArgument, StatusError } from '@telestack/errors';
import { readBody } from '@telestack/http';

/**
 * A request's text. One that is too large gets the code that clients do not try again for.
 * @throws StatusError INVALID_ARGUMENT, CANCELLED
 */
export async function readText(request: IncomingMessage, limit: number): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readBody(request, limit);
  } catch (error) {
    if (!(error instanceof StatusError) || error.code !== Code.RESOURCE_EXHAUSTED) throw error;
    throw invalidArgument(`Request payload size exceeds the limit: ${limit} bytes.`, { cause: error });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw invalidArgument('Invalid JSON payload received. The text is not valid UTF-8.', { cause });
  }
}
