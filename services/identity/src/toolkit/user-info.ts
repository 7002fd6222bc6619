import type { Account, ProviderInfo } from '../accounts/account.ts';

/** "REDACTED" in base64: says that there is a hash, which nobody gets to see. */
const REDACTED = 'UkVEQUNURUQ=';

/** All identities of an account, its password and phone number among them, as the API lists them. */
export function providerUserInfo(account: Account): ProviderInfo[] {
  const infos = [...account.providers];
  const { email, phoneNumber } = account;
  if (email !== undefined && (account.hasPassword || account.emailLinkSignin)) {
    infos.push({
      providerId: 'password',
      email,
      federatedId: email,
      rawId: email,
      displayName: account.displayName,
      photoUrl: account.photoUrl,
    });
  }
  if (phoneNumber !== undefined) infos.push({ providerId: 'phone', phoneNumber, rawId: phoneNumber });
  return infos;
}

/** The API's UserInfo. */
export function userInfo(account: Account, tenant: string): object {
  const infos = providerUserInfo(account);
  const text = (value: number | undefined) => (value === undefined ? undefined : String(value));
  return {
    localId: account.localId,
    email: account.email,
    emailVerified: account.email === undefined ? undefined : account.emailVerified,
    initialEmail: account.initialEmail,
    displayName: account.displayName,
    photoUrl: account.photoUrl,
    phoneNumber: account.phoneNumber,
    disabled: account.disabled,
    providerUserInfo: infos.length > 0 ? infos : undefined,
    passwordHash: account.hasPassword ? REDACTED : undefined,
    passwordUpdatedAt: account.passwordUpdatedAt,
    emailLinkSignin: account.emailLinkSignin || undefined,
    customAuth: account.customAuth || undefined,
    customAttributes: account.customAttributes,
    validSince: text(account.validSince),
    createdAt: text(account.createdAt),
    lastLoginAt: text(account.lastLoginAt),
    lastRefreshAt:
      account.lastRefreshAt === undefined ? undefined : new Date(account.lastRefreshAt).toISOString(),
    tenantId: tenant === '' ? undefined : tenant,
  };
}
