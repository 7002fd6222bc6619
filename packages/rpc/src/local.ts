import { unimplemented } from '@telestack/errors';
import type { ByteMethod, ByteService, Channel } from './channel.ts';

/** Calls services of the same process directly: the same contracts and bytes, without a socket. */
export function localChannel(...services: readonly ByteService[]): Channel {
  const find = <K extends ByteMethod['kind']>(path: string, kind: K): Extract<ByteMethod, { kind: K }> => {
    for (const service of services) {
      const method = service.get(path);
      if (method?.kind === kind) return method as Extract<ByteMethod, { kind: K }>;
    }
    throw unimplemented(`Method not found: ${path}`);
  };
  return {
    unary: async (path, request, context) => find(path, 'unary').call(request, context),
    serverStream: async (path, request, context, out) =>
      find(path, 'serverStream').call(request, context, out),
    bidi: async (path, requests, context, out) => find(path, 'bidi').call(requests, context, out),
    close() {},
  };
}
