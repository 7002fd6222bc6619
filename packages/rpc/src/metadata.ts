import { Metadata } from '@grpc/grpc-js';
import { unauthenticated } from '@telestack/errors';
import type { CallContext, Principal } from './context.ts';

const PRINCIPAL = 'telestack-principal-bin';
const TRACEPARENT = 'traceparent';

/** The metadata of a call between services. */
export function toMetadata(context: CallContext): Metadata {
  const metadata = new Metadata();
  metadata.set(PRINCIPAL, Buffer.from(JSON.stringify(context.principal)));
  if (context.traceparent !== undefined) metadata.set(TRACEPARENT, context.traceparent);
  return metadata;
}

/** The context of a call from another service of ours. Only for servers that the public cannot reach. */
export function fromMetadata(metadata: Metadata, signal: AbortSignal): CallContext {
  const [principal] = metadata.get(PRINCIPAL);
  if (!Buffer.isBuffer(principal)) throw unauthenticated('The call carries no principal.');
  return {
    principal: JSON.parse(principal.toString()) as Principal,
    signal,
    traceparent: traceparentOf(metadata),
  };
}

export function traceparentOf(metadata: Metadata): string | undefined {
  const [value] = metadata.get(TRACEPARENT);
  return typeof value === 'string' ? value : undefined;
}
