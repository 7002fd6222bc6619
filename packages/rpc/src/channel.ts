import type { CallContext } from './context.ts';
import type { Outlet } from './contract.ts';

/**
 * Carries encoded messages to a service, wherever it runs. `path` is "/package.Service/Method". Errors are StatusErrors.
 * The gateway forwards at this level, without decoding.
 */
export interface Channel {
  unary(path: string, request: Uint8Array, context: CallContext): Promise<Uint8Array>;
  serverStream(
    path: string,
    request: Uint8Array,
    context: CallContext,
    out: Outlet<Uint8Array>,
  ): Promise<void>;
  bidi(
    path: string,
    requests: AsyncIterable<Uint8Array>,
    context: CallContext,
    out: Outlet<Uint8Array>,
  ): Promise<void>;
  close(): void;
}

/** One method of a service on encoded messages. */
export type ByteMethod =
  | { readonly kind: 'unary'; call(request: Uint8Array, context: CallContext): Promise<Uint8Array> }
  | {
      readonly kind: 'serverStream';
      call(request: Uint8Array, context: CallContext, out: Outlet<Uint8Array>): Promise<void>;
    }
  | {
      readonly kind: 'bidi';
      call(requests: AsyncIterable<Uint8Array>, context: CallContext, out: Outlet<Uint8Array>): Promise<void>;
    };

/** The methods of one or more services by path. */
export type ByteService = ReadonlyMap<string, ByteMethod>;
