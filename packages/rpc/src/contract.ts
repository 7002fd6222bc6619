import type { BinaryReader } from '@bufbuild/protobuf/wire';
import type { CallContext } from './context.ts';

/** A message's codec as ts-proto generates it. */
export interface Codec<T> {
  encode(message: T): { finish(): Uint8Array };
  decode(input: BinaryReader | Uint8Array): T;
}

export interface MethodDefinition<Req = unknown, Res = unknown> {
  readonly name: string;
  readonly requestType: Codec<Req>;
  readonly requestStream: boolean;
  readonly responseType: Codec<Res>;
  readonly responseStream: boolean;
}

/** A service as ts-proto's generic definitions describe it. */
export interface ServiceDefinition {
  readonly fullName: string;
  // biome-ignore lint/suspicious/noExplicitAny: a definition's methods differ in type; each is inferred where it is used
  readonly methods: Readonly<Record<string, MethodDefinition<any, any>>>;
}

/** The sending side of a stream. */
export interface Outlet<T> {
  /** Queues a message. False says that the receiver is behind: wait for `drained`, or give up on it. */
  send(message: T): boolean;
  /** Resolves when the receiver has caught up; rejects when the call has ended. */
  drained(): Promise<void>;
  /** Bytes that are queued and not yet handed to the transport. */
  readonly bufferedBytes: number;
}

type RequestOf<M> = M extends MethodDefinition<infer Req, unknown> ? Req : never;
type ResponseOf<M> = M extends MethodDefinition<infer _Req, infer Res> ? Res : never;

/** The function that serves a method; its shape follows from which sides stream. */
export type Handler<M> = M extends { requestStream: true; responseStream: true }
  ? (requests: AsyncIterable<RequestOf<M>>, context: CallContext, out: Outlet<ResponseOf<M>>) => Promise<void>
  : M extends { responseStream: true }
    ? (request: RequestOf<M>, context: CallContext, out: Outlet<ResponseOf<M>>) => Promise<void>
    : (request: RequestOf<M>, context: CallContext) => Promise<ResponseOf<M>>;

export type Handlers<D extends ServiceDefinition> = {
  readonly [K in keyof D['methods']]: Handler<D['methods'][K]>;
};

/** A caller's view of a method: streams of responses come as iterables that end with the call. */
export type Caller<M> = M extends { requestStream: true; responseStream: true }
  ? (requests: AsyncIterable<RequestOf<M>>, context: CallContext) => AsyncIterable<ResponseOf<M>>
  : M extends { responseStream: true }
    ? (request: RequestOf<M>, context: CallContext) => AsyncIterable<ResponseOf<M>>
    : (request: RequestOf<M>, context: CallContext) => Promise<ResponseOf<M>>;

export type Client<D extends ServiceDefinition> = {
  readonly [K in keyof D['methods']]: Caller<D['methods'][K]>;
};
