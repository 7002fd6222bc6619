/** Who calls, as the gateway found out. Services behind it trust this and nothing else. */
export type Principal =
  | { readonly kind: 'admin' }
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'user'; readonly uid: string; readonly claims: Readonly<Record<string, unknown>> };

/** What accompanies a call, in one process or over the wire. */
export interface CallContext {
  readonly principal: Principal;
  /** Aborted when the caller goes away, its deadline passes or the server shuts down. */
  readonly signal: AbortSignal;
  /** W3C trace context of the caller, when it sent one. */
  readonly traceparent?: string;
}

export const ADMIN: Principal = { kind: 'admin' };
export const ANONYMOUS: Principal = { kind: 'anonymous' };

/** A context for calls that a service makes on its own account. */
export function systemContext(signal: AbortSignal, traceparent?: string): CallContext {
  return { principal: ADMIN, signal, traceparent };
}
