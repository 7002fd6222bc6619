import { permissionDenied, type StatusError } from '@telestack/errors';
import type { Principal } from '@telestack/rpc';
import { type Auth, type Decision, formatReasons, type Ruleset } from '@telestack/rules';
import type { Release } from './releases.ts';

/** Whose right has to be looked at, and by which rules. */
export interface RuledCaller {
  readonly auth: Auth | null;
  readonly rules: Ruleset;
  /** The release that the rules are of. */
  readonly release: string;
  /** Whether a denial tells what the rules made of the request. */
  readonly explains: boolean;
}

/** What a caller may do in a database: everything, or what the rules say. Nothing is thrown as PERMISSION_DENIED. */
export type Caller = 'unrestricted' | RuledCaller;

/**
 * @param explains dev only: what rules made of a request says much about documents that the caller must not see
 * @throws StatusError PERMISSION_DENIED for a database that is closed to all but administrators
 */
export function callerOf(principal: Principal, release: Release, explains: boolean): Caller {
  if (principal.kind === 'admin' || release.rules === 'open') return 'unrestricted';
  if (release.rules === 'closed') throw permissionDenied(DENIED);
  return { auth: authOf(principal), rules: release.rules, release: release.id, explains };
}

/** `request.auth` of the rules. */
function authOf(principal: Principal): Auth | null {
  return principal.kind === 'user' ? { uid: principal.uid, token: principal.claims } : null;
}

/** What SDKs and their users match on. */
export const DENIED = 'Missing or insufficient permissions.';

/** For what no rule is about. @throws StatusError PERMISSION_DENIED */
export function requireUnrestricted(caller: Caller): void {
  if (caller !== 'unrestricted') throw permissionDenied(DENIED);
}

export function denied(caller: RuledCaller, decision: Decision, method: string): StatusError {
  return permissionDenied(caller.explains ? formatReasons(decision.reasons, method) : DENIED);
}
