/** What an API key may do: read or write (which includes reading) documents of some collections of some databases. */
export interface Scope {
  /** A database id, "(default)" included; "*" for all of the key's project. */
  readonly database: string;
  /** Collection ids, wherever they are nested; "*" for all. */
  readonly collections: readonly string[];
  readonly access: 'read' | 'write';
}

/**
 * Who calls, as the gateway found out. Services behind it trust this and nothing else. Where a `project` is named, the credential is
 * worth nothing in any other: the service that owns a resource compares.
 */
export type Principal =
  | {
      readonly kind: 'admin';
      /** Undefined for the platform itself and the dev profile's "owner", who administer all projects. */
      readonly project?: string;
      /** The service account's name, for the audit log. */
      readonly account?: string;
      readonly expiresAt?: number;
    }
  | { readonly kind: 'anonymous' }
  | {
      readonly kind: 'user';
      readonly uid: string;
      /** The verified token's payload: what rules see as `request.auth.token`. */
      readonly claims: Readonly<Record<string, unknown>>;
      /** Undefined for unsigned tokens, which only the dev profile knows. */
      readonly project?: string;
      /** When the credential ends, in milliseconds since the epoch; a stream that lives longer must not outlive it. */
      readonly expiresAt?: number;
    }
  | {
      readonly kind: 'apiKey';
      readonly keyId: string;
      readonly project: string;
      readonly scopes: readonly Scope[];
      readonly expiresAt?: number;
    };

/** What accompanies a call, in one process or over the wire. */
export interface CallContext {
  readonly principal: Principal;
  /** Aborted when the caller goes away, its deadline passes or the server shuts down. */
  readonly signal: AbortSignal;
  /** For a stream: who its credential says it is by now. @throws StatusError when it opens nothing any more */
  readonly recheck?: () => Promise<Principal>;
  /** W3C trace context of the caller, when it sent one. */
  readonly traceparent?: string;
}

export const ADMIN: Principal = { kind: 'admin' };
export const ANONYMOUS: Principal = { kind: 'anonymous' };

/** A context for calls that a service makes on its own account. */
export function systemContext(signal: AbortSignal, traceparent?: string): CallContext {
  return { principal: ADMIN, signal, traceparent };
}

/** True when the credential may be used in the project at all. */
export function isOfProject(principal: Principal, project: string): boolean {
  return !('project' in principal) || principal.project === undefined || principal.project === project;
}

/** What an audit log calls the caller. */
export function actorOf(principal: Principal): string {
  return principal.kind === 'admin' ? (principal.account ?? 'owner') : principal.kind;
}

/** True when the key's scopes cover the access to documents of a collection. */
export function scopesAllow(
  scopes: readonly Scope[],
  wanted: { readonly database: string; readonly collection: string; readonly access: 'read' | 'write' },
): boolean {
  return scopes.some(
    ({ database, collections, access }) =>
      (database === '*' || database === wanted.database) &&
      (collections.includes('*') || collections.includes(wanted.collection)) &&
      (access === 'write' || access === wanted.access),
  );
}
