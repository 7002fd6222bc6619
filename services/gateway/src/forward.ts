import { FirestoreDefinition } from '@telestack/protos/google/firestore/v1/firestore.ts';
import { DocstoreDefinition } from '@telestack/protos/telestack/docstore/v1/docstore.ts';
import { RealtimeDefinition } from '@telestack/protos/telestack/realtime/v1/realtime.ts';
import type { ByteMethod, ByteService, Channel } from '@telestack/rpc';

/** The public Firestore service: each method is passed on as bytes to the service that owns it. */
export function firestoreService(docstore: Channel, realtime: Channel): ByteService {
  const methods = new Map<string, ByteMethod>();
  for (const { name, requestStream, responseStream } of Object.values(FirestoreDefinition.methods)) {
    const isListen = name === 'Listen';
    const channel = isListen ? realtime : docstore;
    const target = `/${(isListen ? RealtimeDefinition : DocstoreDefinition).fullName}/${name}`;
    const method: ByteMethod = requestStream
      ? { kind: 'bidi', call: (requests, context, out) => channel.bidi(target, requests, context, out) }
      : responseStream
        ? {
            kind: 'serverStream',
            call: (request, context, out) => channel.serverStream(target, request, context, out),
          }
        : { kind: 'unary', call: (request, context) => channel.unary(target, request, context) };
    methods.set(`/${FirestoreDefinition.fullName}/${name}`, method);
  }
  return methods;
}
