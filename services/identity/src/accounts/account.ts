/** Where an account lives. `tenant` is '' outside tenants. */
export interface Realm {
  readonly project: string;
  readonly tenant: string;
}

/** An identity at another provider that signs the account in, in the API's shape. */
export interface ProviderInfo {
  readonly providerId: string;
  readonly rawId: string;
  readonly federatedId?: string;
  readonly email?: string;
  readonly displayName?: string;
  readonly photoUrl?: string;
  readonly phoneNumber?: string;
  readonly screenName?: string;
}

/** A user as an identity provider knows it. Times are milliseconds since the epoch. */
export interface Account {
  readonly localId: string;
  readonly email?: string;
  readonly emailVerified: boolean;
  /** The first address, to which a change of address is told. */
  readonly initialEmail?: string;
  readonly phoneNumber?: string;
  readonly displayName?: string;
  readonly photoUrl?: string;
  readonly disabled: boolean;
  readonly hasPassword: boolean;
  readonly passwordUpdatedAt?: number;
  readonly emailLinkSignin: boolean;
  readonly customAuth: boolean;
  /** Custom claims as JSON text. */
  readonly customAttributes?: string;
  readonly roles: readonly string[];
  /** Tokens issued before are revoked; seconds since the epoch. */
  readonly validSince?: number;
  readonly createdAt: number;
  readonly lastLoginAt?: number;
  readonly lastRefreshAt?: number;
  /** Identities at other providers; password and phone are not among them. */
  readonly providers: readonly ProviderInfo[];
}

type Scalar = Exclude<keyof Account, 'localId' | 'hasPassword' | 'providers' | 'passwordUpdatedAt'>;

/** A password's hash from elsewhere, as an import brings it. */
export interface StoredPassword {
  readonly algorithm: string;
  readonly hash: string;
  readonly salt?: string;
  readonly [parameter: string]: string | number | undefined;
}

/** What to change: null clears, undefined leaves. */
export type AccountChanges = { readonly [K in Scalar]?: Account[K] | null } & {
  readonly password?: string | null;
  readonly importedPassword?: StoredPassword;
  /** Added, or put in the place of the same provider's. */
  readonly linkProviders?: readonly ProviderInfo[];
  readonly unlinkProviders?: readonly string[];
};

/** Custom claims and roles, as they go into tokens. */
export function claimsOf(account: Pick<Account, 'customAttributes' | 'roles'>): Record<string, unknown> {
  const custom = JSON.parse(account.customAttributes || '{}') as Record<string, unknown>;
  return account.roles.length === 0 ? custom : { roles: account.roles, ...custom };
}
