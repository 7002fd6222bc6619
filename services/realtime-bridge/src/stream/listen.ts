import { invalidArgument, toStatusError } from '@telestack/errors';
import type { CallContext, Outlet } from '@telestack/rpc';
import { parseDatabaseName } from '@telestack/values';
import { type DecodedListenRequest, decodeListenRequest } from '../wire/listen-request.ts';
import * as wire from '../wire/messages.ts';
import type { StreamHost } from './host.ts';
import { TargetStream } from './target-stream.ts';

/** Keeps account of the open streams. */
export interface StreamRegistry {
  opened(stream: TargetStream): void;
  closed(stream: TargetStream): void;
  /** Aborted with a StatusError when the bridge stops. */
  readonly signal: AbortSignal;
}

/** google.firestore.v1.Firestore.Listen. Resolves when the client has no more requests; rejects with what ended the stream. */
export async function listen(
  requests: AsyncIterable<Uint8Array>,
  context: CallContext,
  out: Outlet<Uint8Array>,
  host: StreamHost,
  registry: StreamRegistry,
): Promise<void> {
  const signal = AbortSignal.any([context.signal, registry.signal]);
  const aborted = Promise.withResolvers<never>();
  aborted.promise.catch(() => {});
  const onAbort = () => aborted.reject(toStatusError(signal.reason));
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  const session = new ListenSession(context, out, host, registry);
  const iterator = requests[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), session.ended, aborted.promise]);
      if (next.done) return;
      session.onRequest(decodeListenRequest(next.value));
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    session.close();
    // It may be waiting for a request that never comes; nobody waits for it.
    iterator.return?.()?.catch(() => {});
  }
}

/** The requests of one call: which database it is about, and the ids of its targets. */
class ListenSession {
  readonly #context: CallContext;
  readonly #out: Outlet<Uint8Array>;
  readonly #host: StreamHost;
  readonly #registry: StreamRegistry;
  readonly #ended = Promise.withResolvers<never>();
  #stream: TargetStream | undefined;
  #database = '';
  /** The greatest target id so far; the next one that the server assigns is above it. */
  #lastId = 0;
  #assignsIds = false;

  constructor(context: CallContext, out: Outlet<Uint8Array>, host: StreamHost, registry: StreamRegistry) {
    this.#context = context;
    this.#out = out;
    this.#host = host;
    this.#registry = registry;
    this.#ended.promise.catch(() => {});
  }

  get ended(): Promise<never> {
    return this.#ended.promise;
  }

  /** @throws StatusErrors that end the call. */
  onRequest({ database, targetChange, fault }: DecodedListenRequest): void {
    const stream = this.#streamFor(database);
    switch (targetChange?.$case) {
      case 'addTarget': {
        const { targetId } = targetChange.addTarget;
        if (targetId < 0) throw invalidArgument(`Invalid target id: ${targetId}. It must not be negative.`);
        if (targetId === 0) {
          this.#assignsIds = true;
          stream.addTarget(++this.#lastId, targetChange.addTarget, fault);
        } else if (this.#assignsIds) {
          const message = 'Once a target without an id has been added, the server assigns all ids.';
          this.#out.send(wire.removeMessage(targetId, invalidArgument(message)));
        } else {
          if (stream.has(targetId)) throw invalidArgument(`Target id ${targetId} is in use on this stream.`);
          this.#lastId = Math.max(this.#lastId, targetId);
          stream.addTarget(targetId, targetChange.addTarget, fault);
        }
        return;
      }
      case 'removeTarget':
        stream.removeTarget(targetChange.removeTarget);
        return;
      case undefined:
        throw invalidArgument('The request neither adds nor removes a target.');
    }
  }

  close(): void {
    if (!this.#stream) return;
    this.#stream.close();
    this.#registry.closed(this.#stream);
  }

  /** The first request says which database; later ones may leave it out, but not change it. */
  #streamFor(database: string): TargetStream {
    if (this.#stream) {
      if (database !== '' && database !== this.#database) {
        throw invalidArgument(`A stream listens to one database: this one to "${this.#database}".`);
      }
      return this.#stream;
    }
    const name = parseDatabaseName(database).database;
    this.#database = database;
    const principal = this.#host.currentPrincipal(this.#context.principal);
    this.#stream = new TargetStream(name, principal, this.#out, this.#host);
    this.#stream.ended.catch((error) => this.#ended.reject(error));
    this.#registry.opened(this.#stream);
    return this.#stream;
  }
}
