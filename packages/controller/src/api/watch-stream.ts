import type { IncomingMessage } from 'node:http';
import { ApiError } from './api-error.ts';
import type { KubeObject } from './object.ts';

export type WatchEvent<T extends KubeObject> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  /** Nothing else has changed up to this resource version. */
  | { readonly type: 'BOOKMARK'; readonly object: KubeObject };

interface ErrorEvent {
  readonly type: 'ERROR';
  readonly object: { code?: number; reason?: string; message?: string };
}

/** The longest line; an object of etcd has 1.5 MiB at most. */
const MAX_LINE = 16 * 1024 * 1024;

/** Reads one JSON event a line until the server ends the stream. ApiError for an error event, or when the stream breaks. */
export async function* readWatch<T extends KubeObject>(
  response: IncomingMessage,
): AsyncGenerator<WatchEvent<T>> {
  try {
    for await (const line of lines(response)) {
      const event = JSON.parse(line) as WatchEvent<T> | ErrorEvent;
      if (event.type === 'ERROR') {
        const { code = 500, reason = '', message = 'The watch failed.' } = event.object;
        throw new ApiError(code, reason, message);
      }
      yield event;
    }
  } catch (cause) {
    if (cause instanceof ApiError) throw cause;
    throw new ApiError(0, 'Unreachable', 'The watch broke off.', { cause });
  } finally {
    // Also when the reader leaves early: the socket must not stay.
    response.destroy();
  }
}

async function* lines(response: IncomingMessage): AsyncGenerator<string> {
  response.setEncoding('utf8');
  let parts: string[] = [];
  let held = 0;
  for await (const chunk of response as AsyncIterable<string>) {
    let from = 0;
    for (let at = chunk.indexOf('\n'); at >= 0; at = chunk.indexOf('\n', from)) {
      parts.push(chunk.slice(from, at));
      const line = parts.join('');
      parts = [];
      held = 0;
      from = at + 1;
      if (line !== '') yield line;
    }
    parts.push(chunk.slice(from));
    held += chunk.length - from;
    if (held > MAX_LINE) throw new Error(`a line of more than ${MAX_LINE} characters`);
  }
}
