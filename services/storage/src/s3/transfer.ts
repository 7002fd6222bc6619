import { type Agent, type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { finished } from 'node:stream/promises';
import { StoreError } from './errors.ts';

/** Requests whose bodies stream, sent to presigned URLs: the client library would hold them in memory. */
export interface StreamRequest {
  readonly url: string;
  readonly agent: Agent;
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly signal?: AbortSignal;
}

/**
 * Sends exactly `size` bytes with PUT, as fast as the store takes them. Each chunk is written before the next is asked for. Resolves to the
 * ETag without its quotes.
 */
export async function putStream(
  { url, agent, headers, signal }: StreamRequest,
  size: number,
  chunks: AsyncIterable<Uint8Array>,
): Promise<string> {
  const send = url.startsWith('https:') ? requestHttps : requestHttp;
  const sent = send(url, { method: 'PUT', agent, signal, headers: { ...headers, 'content-length': size } });
  const answer = responseOf(sent);
  let isAnswered = false;
  sent.once('response', () => {
    isAnswered = true;
  });
  try {
    for await (const chunk of chunks) {
      // The store has refused already: its answer says why. What is not written may not be let go of.
      if (sent.destroyed || isAnswered || !(await isWritten(sent, chunk))) break;
    }
    sent.end();
    const response = await answer;
    if (response.statusCode !== 200) throw await errorOf(response);
    response.resume();
    return String(response.headers.etag ?? '').replaceAll('"', '');
  } catch (error) {
    sent.destroy();
    await answer.catch(() => {});
    throw error;
  }
}

/** Opens an object for reading; the body is the caller's to read or destroy. */
export async function getStream({ url, agent, headers, signal }: StreamRequest): Promise<IncomingMessage> {
  const send = url.startsWith('https:') ? requestHttps : requestHttp;
  const sent = send(url, { method: 'GET', agent, signal, headers });
  sent.end();
  const response = await responseOf(sent);
  if (response.statusCode !== 200 && response.statusCode !== 206) throw await errorOf(response);
  return response;
}

function responseOf(sent: ClientRequest): Promise<IncomingMessage> {
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve);
    sent.once('error', reject);
    sent.once('close', () => reject(new Error('The connection to the object store was closed.')));
  });
  // Nobody may be waiting yet when it fails.
  answer.catch(() => {});
  return answer;
}

/** Resolves to true when the chunk has been written, to false when there is no point in waiting. */
function isWritten(sent: ClientRequest, chunk: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (isDone: boolean) => {
      for (const event of OVER) sent.off(event, giveUp);
      resolve(isDone);
    };
    const giveUp = () => end(false);
    for (const event of OVER) sent.once(event, giveUp);
    sent.write(chunk, (error) => end(!error));
  });
}

const OVER = ['response', 'close', 'error'] as const;

const MAX_ERROR_BYTES = 64 * 1024;

async function errorOf(response: IncomingMessage): Promise<StoreError> {
  let text = '';
  response.on('data', (chunk: Buffer) => {
    if (text.length < MAX_ERROR_BYTES) text += chunk.toString('utf8');
  });
  await finished(response).catch(() => {});
  const code = /<Code>([^<]+)<\/Code>/.exec(text)?.[1] ?? (response.statusCode === 404 ? 'NotFound' : '');
  const message = /<Message>([^<]+)<\/Message>/.exec(text)?.[1] ?? '';
  return new StoreError(code, `The object store answered ${response.statusCode} ${code} ${message}`);
}
