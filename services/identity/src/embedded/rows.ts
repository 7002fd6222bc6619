import type { Account, AccountChanges, ProviderInfo, StoredPassword } from '../accounts/account.ts';

/** A row of identity.accounts with its providers. */
export interface AccountRow {
  readonly local_id: string;
  readonly email: string | null;
  readonly email_verified: boolean;
  readonly initial_email: string | null;
  readonly phone_number: string | null;
  readonly display_name: string | null;
  readonly photo_url: string | null;
  readonly disabled: boolean;
  readonly password: string | null;
  readonly password_updated_at: number | null;
  readonly email_link_signin: boolean;
  readonly custom_auth: boolean;
  readonly custom_attributes: string | null;
  readonly roles: string[];
  readonly valid_since: number | null;
  readonly created_at: number;
  readonly last_login_at: number | null;
  readonly last_refresh_at: number | null;
  readonly providers: string | null;
}

export const ACCOUNT_COLUMNS = `a.*, (SELECT jsonb_agg(p.info ORDER BY p.provider_id) FROM identity.account_providers p
  WHERE (p.project_id, p.tenant_id, p.local_id) = (a.project_id, a.tenant_id, a.local_id)) AS providers`;

/** The columns that a change's fields are kept in, and what clearing one means. */
export const COLUMNS: {
  readonly [K in keyof AccountChanges]?: { readonly name: string; readonly empty: unknown };
} = {
  email: { name: 'email', empty: null },
  emailVerified: { name: 'email_verified', empty: false },
  initialEmail: { name: 'initial_email', empty: null },
  phoneNumber: { name: 'phone_number', empty: null },
  displayName: { name: 'display_name', empty: null },
  photoUrl: { name: 'photo_url', empty: null },
  disabled: { name: 'disabled', empty: false },
  emailLinkSignin: { name: 'email_link_signin', empty: false },
  customAuth: { name: 'custom_auth', empty: false },
  customAttributes: { name: 'custom_attributes', empty: null },
  roles: { name: 'roles', empty: [] },
  validSince: { name: 'valid_since', empty: null },
  createdAt: { name: 'created_at', empty: 0 },
  lastLoginAt: { name: 'last_login_at', empty: null },
  lastRefreshAt: { name: 'last_refresh_at', empty: null },
};

export function accountOf(row: AccountRow): Account {
  return {
    localId: row.local_id,
    email: row.email ?? undefined,
    emailVerified: row.email_verified,
    initialEmail: row.initial_email ?? undefined,
    phoneNumber: row.phone_number ?? undefined,
    displayName: row.display_name ?? undefined,
    photoUrl: row.photo_url ?? undefined,
    disabled: row.disabled,
    hasPassword: row.password !== null,
    passwordUpdatedAt: row.password_updated_at ?? undefined,
    emailLinkSignin: row.email_link_signin,
    customAuth: row.custom_auth,
    customAttributes: row.custom_attributes ?? undefined,
    roles: row.roles,
    validSince: row.valid_since ?? undefined,
    createdAt: row.created_at,
    lastLoginAt: row.last_login_at ?? undefined,
    lastRefreshAt: row.last_refresh_at ?? undefined,
    providers: row.providers === null ? [] : (JSON.parse(row.providers) as ProviderInfo[]),
  };
}

export function storedPasswordOf(row: AccountRow): StoredPassword | undefined {
  return row.password === null ? undefined : (JSON.parse(row.password) as StoredPassword);
}
