import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DescService } from '@bufbuild/protobuf';
import { Code, invalidArgument, type StatusError, toStatusError } from '@telestack/errors';
import { type HttpCall, type HttpService, httpService, type Reply, type Route } from '@telestack/http';
import type { ByteService, CallContext } from '@telestack/rpc';
import { readText } from '../http/body.ts';
import { parseForm } from './form.ts';
import { PROTOCOL_VERSION } from './framing.ts';
import type { Session } from './session.ts';
import { type SessionLimits, Sessions } from './sessions.ts';
import { runStream, type StreamMethod } from './stream.ts';

/** A write of 10 MiB, percent-encoded. */
const MAX_FORM_BYTES = 32 * 1024 * 1024;
/**
 * What opens a session is read before its caller is known, who is named in it. It brings a handshake or targets to listen to: the thousand
 * that a client sends at once have some 2 KiB each. Writes come later.
 */
const MAX_OPENING_BYTES = 4 * 1024 * 1024;

export interface WebChannelOptions {
  /** The methods that stream both ways get a channel. */
  readonly service: DescService;
  readonly methods: ByteService;
  /** Who calls, by the headers that the session was opened with (names in lower case). */
  readonly contextOf: (
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ) => CallContext | Promise<CallContext>;
  readonly limits?: Partial<SessionLimits>;
  readonly onError: (error: StatusError, path: string) => void;
}

/**
 * Serves streams to browsers: the server's side of Closure's WebChannel, version 8. A session belongs to this process; a request
 * for one that is not known here gets "Unknown SID", and the client opens another.
 */
export function webChannelService(options: WebChannelOptions): HttpService & { close(): void } {
  const sessions = new Sessions(options.limits);
  // Comes back with every request of a session, for load balancers that keep a client with a process by it.
  const processId = randomBytes(9).toString('base64url');
  const routes = [...streamMethods(options)].flatMap(([path, method]) => {
    const serve = (call: HttpCall) => serveChannel(call, { ...options, sessions, processId, method, path });
    const route = { path: `${path}/channel`, access: 'public', handle: serve } as const;
    return [
      { ...route, method: 'GET' },
      { ...route, method: 'POST' },
    ] satisfies Route[];
  });
  const service = httpService({
    prefixes: [...streamMethods(options).keys()].map((path) => `${path}/channel`),
    routes,
    onError: options.onError,
  });
  return { ...service, close: () => sessions.close() };
}

function streamMethods({ service, methods }: WebChannelOptions): Map<string, StreamMethod> {
  const found = new Map<string, StreamMethod>();
  for (const { name, input, output } of service.methods) {
    const path = `/${service.typeName}/${name}`;
    const method = methods.get(path);
    if (method?.kind === 'bidi') found.set(path, { call: method.call, input, output });
  }
  return found;
}

/** Closure's client knows it by these words, not at the text's start. */
const UNKNOWN_SESSION: Reply = { status: 400, body: 'Error: Unknown SID' };

interface Channel extends WebChannelOptions {
  readonly sessions: Sessions;
  readonly processId: string;
  readonly method: StreamMethod;
  readonly path: string;
}

async function serveChannel(call: HttpCall, channel: Channel): Promise<Reply | undefined> {
  const { request, response, url } = call;
  const query = url.searchParams;
  const id = query.get('SID') ?? '';
  if (id === '' || id === 'null') {
    if (request.method === 'POST') return open(request, query, channel);
    return UNKNOWN_SESSION;
  }
  const session = channel.sessions.find(id);
  if (!session) {
    request.resume();
    return UNKNOWN_SESSION;
  }
  if (query.get('TYPE') === 'terminate') {
    request.resume();
    session.close();
    return { status: 200 };
  }
  const acknowledged = numberOf(query, 'AID');
  if (acknowledged !== undefined) session.acknowledge(acknowledged);
  if (request.method === 'POST') return forward(request, session);
  hang(response, query, session, acknowledged ?? 0);
  return undefined;
}

/** The first request: opens a session and brings its first messages. */
async function open(request: IncomingMessage, query: URLSearchParams, channel: Channel): Promise<Reply> {
  if (numberOf(query, 'VER') !== PROTOCOL_VERSION)
    throw invalidArgument(`The protocol's version is ${PROTOCOL_VERSION}.`);
  const form = parseForm(await readText(request, MAX_OPENING_BYTES));
  const session = channel.sessions.open();
  const { traceparent } = request.headers;
  const headers = {
    ...(typeof traceparent === 'string' ? { traceparent } : {}),
    ...(request.headers.authorization === undefined ? {} : { authorization: request.headers.authorization }),
    ...form.headers,
  };
  runStream(
    session,
    channel.method,
    async (signal) => channel.contextOf(headers, signal),
    (error) => channel.onError(error, channel.path),
  );
  await session.take(form.messages);
  return {
    headers: { 'x-http-session-id': channel.processId, 'cache-control': 'no-store' },
    body: session.opening,
  };
}

/** A request that brings messages. What is wrong with them is the stream's error: the client would send the same again. */
async function forward(request: IncomingMessage, session: Session): Promise<Reply> {
  try {
    const limit = session.isAdmitted ? MAX_FORM_BYTES : MAX_OPENING_BYTES;
    await session.take(parseForm(await readText(request, limit)).messages);
  } catch (thrown) {
    const error = toStatusError(thrown);
    if (error.code === Code.CANCELLED) throw error;
    session.finish(error);
  }
  return { headers: { 'cache-control': 'no-store' }, body: session.status };
}

/** A request that waits for messages: `CI=1` where the client wants each response to end. */
function hang(response: ServerResponse, query: URLSearchParams, session: Session, afterId: number): void {
  const pollMs = numberOf(query, 'TO');
  const isStreaming = query.get('CI') !== '1';
  session.attach(response, { isStreaming, afterId, ...(pollMs === undefined ? {} : { pollMs }) });
}

function numberOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
