import { permissionDenied, type StatusError } from '@telestack/errors';
import { type Principal, type Scope, scopesAllow } from '@telestack/rpc';
import { type Auth, type Decision, formatReasons, type Ruleset } from '@telestack/rules';
import type { Policies } from '../policies/policy.ts';
import type { Release } from './releases.ts';

/** Whose right has to be looked at: by the policy of a collection and by rules; both have to allow. */
export interface RuledCaller {
  readonly kind: 'user';
  readonly auth: Auth | null;
  /** `open` and `closed` decide for collections without a policy. */
  readonly rules: Ruleset | 'open' | 'closed';
  readonly policies: Policies;
  /** The release that the rules are of. */
  readonly release: string;
  /** Whether a denial tells what the rules made of the request. */
  readonly explains: boolean;
}

/** A program with a key: its scopes alone decide. */
export interface KeyCaller {
  readonly kind: 'apiKey';
  readonly scopes: readonly Scope[];
  readonly databaseId: string;
}

/** What a caller may do in a database. Nothing is thrown as PERMISSION_DENIED. */
export type Caller = 'unrestricted' | KeyCaller | RuledCaller;

/**
 * The caller that a user is, or anybody without a credential.
 * @param explains dev only: what rules made of a request says much about documents that the caller must not see
 * @throws StatusError PERMISSION_DENIED for a database that is closed
 */
export function ruledCaller(
  principal: Principal,
  { rules, policies, id: release }: Release,
  explains: boolean,
): Caller {
  if (policies.size === 0 && rules === 'open') return 'unrestricted';
  if (policies.size === 0 && rules === 'closed') throw permissionDenied(DENIED);
  return { kind: 'user', auth: authOf(principal), rules, policies, release, explains };
}

/** @throws StatusError PERMISSION_DENIED for a key that is not for this database */
export function keyCaller(scopes: readonly Scope[], databaseId: string): KeyCaller {
  const own = scopes.filter(({ database }) => database === '*' || database === databaseId);
  if (own.length === 0) throw permissionDenied(DENIED);
  return { kind: 'apiKey', scopes: own, databaseId };
}

/** `request.auth` of the rules. */
function authOf(principal: Principal): Auth | null {
  return principal.kind === 'user' ? { uid: principal.uid, token: principal.claims } : null;
}

/** What SDKs and their users match on. */
export const DENIED = 'Missing or insufficient permissions.';

/** Whether a key is for documents of a collection; '' stands for all collections. */
export function keyAllows(
  { scopes, databaseId: database }: KeyCaller,
  collectionId: string,
  access: Scope['access'],
): boolean {
  // A collection cannot be called '', so only '*' covers it.
  return scopesAllow(scopes, { database, collection: collectionId, access });
}

/** What has to allow an access to a collection, beside its policy: where there is no ruleset, the policy says it all. */
export function rulesFor({ rules, policies }: RuledCaller, collectionId: string): RuledCaller['rules'] {
  return rules === 'closed' && policies.has(collectionId) ? 'open' : rules;
}

/** For what no rule is about, such as names: for administrators, and for keys that may read the collection ('' for all). @throws StatusError PERMISSION_DENIED */
export function requireUnruled(caller: Caller, collectionId: string): void {
  if (caller === 'unrestricted') return;
  if (caller.kind === 'apiKey' && keyAllows(caller, collectionId, 'read')) return;
  throw permissionDenied(DENIED);
}

/** The collections whose ids a caller may learn; undefined for all. @throws StatusError PERMISSION_DENIED */
export function readableCollections(caller: Caller): readonly string[] | undefined {
  if (caller === 'unrestricted') return undefined;
  if (caller.kind === 'user') throw permissionDenied(DENIED);
  // Writing includes reading.
  const ids = caller.scopes.flatMap(({ collections }) => collections);
  return ids.includes('*') ? undefined : ids;
}

/** @param decision of the rules; undefined when a policy or a scope has denied */
export function denied(caller: Caller, decision?: Decision, method = ''): StatusError {
  const explains = caller !== 'unrestricted' && caller.kind === 'user' && caller.explains;
  return permissionDenied(explains && decision ? formatReasons(decision.reasons, method) : DENIED);
}
