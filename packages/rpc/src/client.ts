import { toStatusError } from '@telestack/errors';
import type { Channel } from './channel.ts';
import type { CallContext } from './context.ts';
import type { Client, Codec, Outlet, ServiceDefinition } from './contract.ts';
import { MessageQueue } from './queue.ts';

/** Responses that may wait for a slow reader before the sender is told to wait. */
const RESPONSE_QUEUE = 256;

/** A typed client of a service at the other end of a channel. */
export function createClient<D extends ServiceDefinition>(definition: D, channel: Channel): Client<D> {
  const client: Record<string, unknown> = {};
  for (const [key, method] of Object.entries(definition.methods)) {
    const path = `/${definition.fullName}/${method.name}`;
    const { requestType, responseType } = method;
    if (method.requestStream) {
      client[key] = (requests: AsyncIterable<unknown>, context: CallContext) =>
        collect(responseType, (out) => channel.bidi(path, encodeAll(requests, requestType), context, out));
    } else if (method.responseStream) {
      client[key] = (request: unknown, context: CallContext) =>
        collect(responseType, (out) =>
          channel.serverStream(path, requestType.encode(request).finish(), context, out),
        );
    } else {
      client[key] = async (request: unknown, context: CallContext) =>
        responseType.decode(await channel.unary(path, requestType.encode(request).finish(), context));
    }
  }
  return client as Client<D>;
}

async function* encodeAll<T>(messages: AsyncIterable<T>, codec: Codec<T>): AsyncIterable<Uint8Array> {
  for await (const message of messages) yield codec.encode(message).finish();
}

/** Runs a streaming call and yields its responses as they come. */
async function* collect<T>(
  codec: Codec<T>,
  call: (out: Outlet<Uint8Array>) => Promise<void>,
): AsyncIterable<T> {
  let room: (() => void) | undefined;
  let bufferedBytes = 0;
  const queue = new MessageQueue<Uint8Array>(RESPONSE_QUEUE, () => {
    bufferedBytes = 0;
    room?.();
    room = undefined;
  });
  const out: Outlet<Uint8Array> = {
    send(message) {
      bufferedBytes += message.length;
      return queue.push(message);
    },
    drained: () =>
      queue.length < RESPONSE_QUEUE
        ? Promise.resolve()
        : new Promise((resolve) => {
            room = resolve;
          }),
    get bufferedBytes() {
      return bufferedBytes;
    },
  };
  call(out).then(
    () => queue.end(),
    (error) => queue.end(toStatusError(error)),
  );
  for await (const message of queue) yield codec.decode(message);
}
