import type { DescMessage } from '@bufbuild/protobuf';
import { type StatusError, toStatusError } from '@telestack/errors';
import { fromJson, parseJson, toJson } from '@telestack/proto-json';
import { type ByteMethod, type CallContext, MessageQueue } from '@telestack/rpc';
import type { Session } from './session.ts';

/** Requests that may wait for the stream before their client has to. */
const REQUEST_QUEUE = 64;

/** A method that streams both ways, with the types of its messages. */
export interface StreamMethod {
  readonly call: Extract<ByteMethod, { kind: 'bidi' }>['call'];
  readonly input: DescMessage;
  readonly output: DescMessage;
}

/**
 * Runs a stream behind a session: the client's JSON in, the service's messages out as JSON.
 * @param contextOf says who calls; what it throws reaches the client as the stream's error
 */
export function runStream(
  session: Session,
  method: StreamMethod,
  contextOf: (signal: AbortSignal) => Promise<CallContext>,
  onError: (error: StatusError) => void,
): void {
  const waiting: (() => void)[] = [];
  const wake = () => {
    for (const resolve of waiting.splice(0)) resolve();
  };
  let isOver = false;
  const requests = new MessageQueue<Uint8Array>(REQUEST_QUEUE, wake);
  const end = (error?: StatusError) => {
    isOver = true;
    requests.end(error);
    wake();
  };
  const fail = (thrown: unknown) => {
    const error = toStatusError(thrown);
    if (!session.signal.aborted) onError(error);
    session.finish(error);
    end(error);
  };
  session.signal.addEventListener('abort', () => end(session.signal.reason), { once: true });
  session.attachInbox({
    receive(text) {
      if (isOver) return;
      try {
        requests.push(fromJson(method.input, parseJson(text)));
      } catch (thrown) {
        fail(thrown);
      }
    },
    room: () =>
      isOver || requests.length < REQUEST_QUEUE
        ? Promise.resolve()
        : new Promise((resolve) => waiting.push(resolve)),
  });
  const outlet = session.outlet((message) => `[${toJson(method.output, message)}]`);
  const run = async () => {
    const context = await contextOf(session.signal);
    session.admit();
    await method.call(requests, context, outlet);
  };
  run().then(() => {
    session.finish();
    end();
  }, fail);
}
