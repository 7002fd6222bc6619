import type { ByteMethod, ByteService } from './channel.ts';
import type { CallContext } from './context.ts';
import type { Codec, Handlers, Outlet, ServiceDefinition } from './contract.ts';
import { decodeRequest } from './decode-request.ts';

/** Joins a service's handlers with its codecs. */
export function bindService<D extends ServiceDefinition>(definition: D, handlers: Handlers<D>): ByteService {
  const methods = new Map<string, ByteMethod>();
  for (const [key, method] of Object.entries(definition.methods)) {
    const { requestType, responseType } = method;
    const path = `/${definition.fullName}/${method.name}`;
    // The mapped type ties each handler to its method; a loop over the keys loses that tie.
    const handler = handlers[key] as unknown as (...args: unknown[]) => Promise<unknown>;
    if (method.requestStream) {
      methods.set(path, {
        kind: 'bidi',
        call: async (requests, context, out) => {
          await handler(decodeAll(requests, requestType), context, encodingOutlet(out, responseType));
        },
      });
    } else if (method.responseStream) {
      methods.set(path, {
        kind: 'serverStream',
        call: async (request, context, out) => {
          await handler(decodeRequest(request, requestType), context, encodingOutlet(out, responseType));
        },
      });
    } else {
      methods.set(path, {
        kind: 'unary',
        call: async (request: Uint8Array, context: CallContext) =>
          responseType.encode(await handler(decodeRequest(request, requestType), context)).finish(),
      });
    }
  }
  return methods;
}

async function* decodeAll<T>(messages: AsyncIterable<Uint8Array>, codec: Codec<T>): AsyncIterable<T> {
  for await (const message of messages) yield decodeRequest(message, codec);
}

function encodingOutlet<T>(out: Outlet<Uint8Array>, codec: Codec<T>): Outlet<T> {
  return {
    send: (message) => out.send(codec.encode(message).finish()),
    drained: () => out.drained(),
    get bufferedBytes() {
      return out.bufferedBytes;
    },
  };
}
