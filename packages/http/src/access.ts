import { notFound, permissionDenied, unauthenticated } from '@telestack/errors';
import type { Principal } from '@telestack/rpc';
import type { Access } from './route.ts';

/** @throws StatusError UNAUTHENTICATED, PERMISSION_DENIED; NOT_FOUND for what the profile does not have */
export function checkAccess(access: Access, principal: Principal, profile: 'dev' | 'production'): void {
  switch (access) {
    case 'public':
    case 'caller':
      return;
    case 'admin':
      if (principal.kind === 'admin') return;
      if (principal.kind === 'anonymous')
        throw unauthenticated('Request is missing required authentication credential.');
      throw permissionDenied('Missing or insufficient permissions.');
    case 'emulator':
      if (profile !== 'dev') throw notFound('Not Found');
  }
}
