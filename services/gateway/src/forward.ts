import { isDeepStrictEqual } from 'node:util';
import { invalidArgument } from '@telestack/errors';
import { FirestoreDefinition } from '@telestack/protos/google/firestore/v1/firestore.ts';
import { DocstoreDefinition } from '@telestack/protos/telestack/docstore/v1/docstore.ts';
import { RealtimeDefinition } from '@telestack/protos/telestack/realtime/v1/realtime.ts';
import type { ByteMethod, ByteService, CallContext, Channel } from '@telestack/rpc';
import { invalidCredentials } from '@telestack/tokens';

/** Google's API takes requests of 10 MiB; the rest is room for their envelope. */
export const MAX_REQUEST_BYTES = 11 * 1024 * 1024;

/** gRPC's own limit would answer RESOURCE_EXHAUSTED, which clients take for a reason to try again for minutes. @throws StatusError INVALID_ARGUMENT */
function limited(request: Uint8Array): Uint8Array {
  if (request.length > MAX_REQUEST_BYTES)
    throw invalidArgument(`Request payload size exceeds the limit: ${MAX_REQUEST_BYTES} bytes.`);
  return request;
}

/** What a stream brings is looked at one by one: it may be open for longer than its caller's right to call. */
async function* checked(
  requests: AsyncIterable<Uint8Array>,
  { principal, recheck }: CallContext,
  isListen: boolean,
): AsyncIterable<Uint8Array> {
  let isFirst = true;
  for await (const request of requests) {
    // Its caller was looked at a moment ago.
    const now = isFirst ? undefined : await recheck?.();
    isFirst = false;
    // Listeners' claims are followed where they are served. Who writes has been told of when the stream began: with other claims it is another one.
    if (now && now !== principal && !isListen && !isDeepStrictEqual(now, principal))
      throw invalidCredentials(new Error('The claims have changed.'));
    yield limited(request);
  }
}

/** The public Firestore service: each method is passed on as bytes to the service that owns it. */
export function firestoreService(docstore: Channel, realtime: Channel): ByteService {
  const methods = new Map<string, ByteMethod>();
  for (const { name, requestStream, responseStream } of Object.values(FirestoreDefinition.methods)) {
    const isListen = name === 'Listen';
    const channel = isListen ? realtime : docstore;
    const target = `/${(isListen ? RealtimeDefinition : DocstoreDefinition).fullName}/${name}`;
    const method: ByteMethod = requestStream
      ? {
          kind: 'bidi',
          call: (requests, context, out) =>
            channel.bidi(target, checked(requests, context, isListen), context, out),
        }
      : responseStream
        ? {
            kind: 'serverStream',
            call: async (request, context, out) =>
              channel.serverStream(target, limited(request), context, out),
          }
        : {
            kind: 'unary',
            call: async (request, context) => channel.unary(target, limited(request), context),
          };
    methods.set(`/${FirestoreDefinition.fullName}/${name}`, method);
  }
  return methods;
}
