/** What an administrator, or the owner of an account, did to credentials that are out there. */
export type PrincipalChange =
  | UserChange
  | { readonly kind: 'apiKey'; readonly project: string; readonly keyId: string }
  | { readonly kind: 'serviceAccount'; readonly project: string; readonly email: string };

export interface UserChange {
  readonly kind: 'user';
  readonly project: string;
  /** Users of a tenant may have the ids of others; absent outside tenants. */
  readonly tenant?: string;
  readonly uid: string;
  /** Tokens issued before are revoked; seconds since the epoch. */
  readonly validSince?: number;
  /** The account is disabled or deleted: none of its tokens is worth anything. */
  readonly blocked: boolean;
  /** Present when the custom claims are other ones now. */
  readonly claims?: {
    readonly now: Readonly<Record<string, unknown>>;
    /** Names of those that were there before. */
    readonly before: readonly string[];
    /** Tokens issued after it have them already; milliseconds since the epoch. */
    readonly at?: number;
  };
}
