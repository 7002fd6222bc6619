import type { Account, AccountChanges, Realm } from '../accounts/account.ts';

/** How to find one account. Email addresses are in lower case. */
export type AccountQuery =
  | { readonly localId: string }
  | { readonly email: string }
  | { readonly phoneNumber: string }
  | { readonly providerId: string; readonly rawId: string };

export interface AccountPage {
  readonly accounts: Account[];
  /** Of the next page; undefined at the end. */
  readonly nextPageToken?: string;
}

/** What a session puts into each of its ID tokens. */
export interface SessionData {
  /** "password", "anonymous", "custom", "google.com". */
  readonly provider: string;
  /** Claims of a custom token, or of the identity provider. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** Seconds since the epoch. */
  readonly authTime: number;
}

export interface Session {
  readonly localId: string;
  readonly data: SessionData;
  readonly refreshToken: string;
}

/**
 * Keeps users, their passwords and their sessions. Refusals are IdentityErrors with the API's own codes. Whatever makes tokens that are out
 * there worthless (blocked or deleted accounts, `validSince`, other claims) is told as a principal change before the call resolves.
 */
export interface IdentityProvider {
  /** @throws IdentityError DUPLICATE_LOCAL_ID, EMAIL_EXISTS, PHONE_NUMBER_EXISTS, FEDERATED_USER_ID_ALREADY_LINKED */
  create(realm: Realm, localId: string, fields: AccountChanges): Promise<Account>;
  find(realm: Realm, query: AccountQuery): Promise<Account | undefined>;
  /** @throws IdentityError USER_NOT_FOUND, and as `create` */
  update(realm: Realm, localId: string, changes: AccountChanges): Promise<Account>;
  /** True when it was there. Its sessions end. */
  delete(realm: Realm, localId: string): Promise<boolean>;
  deleteAll(realm: Realm): Promise<void>;
  /** A page in an order of the provider's own, from the one that a page before it has told. It may hold less than `limit`. */
  list(realm: Realm, page: { readonly pageToken?: string; readonly limit: number }): Promise<AccountPage>;
  count(realm: Realm): Promise<number>;
  /** The account with this address if the password is its own. Takes as long when there is none. */
  checkPassword(realm: Realm, email: string, password: string): Promise<Account | undefined>;
  createSession(realm: Realm, localId: string, data: SessionData): Promise<Session>;
  /**
   * Changes a refresh token into the next one. A token that was used up is a sign of theft: it ends the session.
   * @throws IdentityError INVALID_REFRESH_TOKEN for what is none, TOKEN_EXPIRED for one whose session has ended; where the provider still knows
   *   whose it was, USER_DISABLED and USER_NOT_FOUND
   */
  refreshSession(realm: Realm, refreshToken: string): Promise<Session>;
  /** Ends all sessions of an account. */
  revokeSessions(realm: Realm, localId: string): Promise<void>;
  close(): Promise<void>;
}
