import { permissionDenied, unauthenticated } from '@telestack/errors';
import type { HttpCall } from '@telestack/http';
import { ADMIN, type CallContext } from '@telestack/rpc';

/**
 * The Cloud API is for servers: administrators only. With `trustsAll`, the emulators' convention, whoever sends no credential is one.
 * @throws StatusError UNAUTHENTICATED, PERMISSION_DENIED
 */
export function cloudContext({ context }: HttpCall, trustsAll: boolean): CallContext {
  const { kind } = context.principal;
  if (kind === 'admin') return context;
  if (kind === 'anonymous' && trustsAll) return { ...context, principal: ADMIN };
  if (kind === 'anonymous') throw unauthenticated('Anonymous caller does not have access to Cloud Storage.');
  throw permissionDenied('The caller does not have access to Cloud Storage: administrators only.');
}
