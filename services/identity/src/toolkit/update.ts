import type { Account, AccountChanges, ProviderInfo } from '../accounts/account.ts';
import { check } from '../errors.ts';
import { applyOobCode } from './apply-oob-code.ts';
import type { Body } from './body.ts';
import type { ToolkitCall } from './call.ts';
import { checkCustomAttributes, checkPasswordStrength, emailOf, phoneNumberOf } from './limits.ts';
import { sendRecoverEmail } from './send-oob-code.ts';
import { checkRecentSignIn, nowInSeconds, signIn, userOfToken } from './sign-in.ts';
import { providerUserInfo } from './user-info.ts';

/** accounts:update: by an ID token its user, by a mailed code its user, by an administrator anyone. */
export async function update(call: ToolkitCall): Promise<object> {
  const { identity, realm, body, isPrivileged } = call;
  const [oobCode, idToken] = [body.text('oobCode'), body.text('idToken')];
  if (!isPrivileged) {
    check(idToken || oobCode, 'INVALID_REQ_TYPE : Unsupported request parameters.');
    check(!body.has('customAttributes'), 'INSUFFICIENT_PERMISSION');
    // Users prove that an identity at a provider is theirs: accounts:signInWithIdp links it.
    check(!body.has('linkProviderUserInfo'), 'INSUFFICIENT_PERMISSION');
  }
  if (oobCode) {
    const account = await applyOobCode(call, oobCode);
    return responseOf(account, {});
  }
  const user = idToken ? await userOfToken(call, idToken) : undefined;
  if (user) check(!body.has('disableUser'), 'OPERATION_NOT_ALLOWED');
  if (user && !isPrivileged && (body.has('password') || body.has('email'))) checkRecentSignIn(call, user);
  const before = user?.account ?? (await accountById(call));
  let changes = changesOf(body, before);
  if (isPrivileged) changes = { ...changes, ...privilegedChanges(body, before) };
  const isNewEmail = changes.email != null && changes.email !== before.email;
  if (isNewEmail) {
    check(!(await identity.provider.find(realm, { email: changes.email! })), 'EMAIL_EXISTS');
    const isAnonymous = user?.signInProvider === 'anonymous';
    if (!isAnonymous && before.email !== undefined && before.initialEmail === undefined)
      changes = { ...changes, initialEmail: before.email };
  }
  const revokes = body.has('password') || isNewEmail || body.has('validSince');
  if (revokes && changes.validSince === undefined) changes = { ...changes, validSince: nowInSeconds() };
  const account = await identity.provider.update(realm, before.localId, changes);
  if (isNewEmail && account.initialEmail !== undefined)
    await sendRecoverEmail(call, account.localId, account.initialEmail);
  const provider = body.has('password') ? 'password' : user?.signInProvider;
  // Whoever has just revoked his own tokens gets new ones.
  const tokens = revokes && user && provider ? await signIn(call, account, provider) : {};
  return responseOf(account, { ...tokens, newEmail: isNewEmail ? account.email : undefined });
}

async function accountById({ identity, realm, body }: ToolkitCall): Promise<Account> {
  const localId = body.text('localId');
  check(localId, 'MISSING_LOCAL_ID');
  const account = await identity.provider.find(realm, { localId });
  check(account, 'USER_NOT_FOUND');
  return account;
}

function changesOf(body: Body, before: Account): AccountChanges {
  const [email, password] = [body.text('email'), body.text('password')];
  if (password) checkPasswordStrength(password);
  const deleted = body.texts('deleteAttribute');
  const unlinked = body.texts('deleteProvider');
  const dropsPassword = unlinked.includes('password');
  const dropsEmail = dropsPassword || deleted.includes('EMAIL');
  const newEmail = email ? emailOf(email) : undefined;
  return {
    ...(newEmail !== undefined && newEmail !== before.email ? { email: newEmail, emailVerified: false } : {}),
    ...(password ? { password } : {}),
    displayName: deleted.includes('DISPLAY_NAME') ? null : body.text('displayName'),
    photoUrl: deleted.includes('PHOTO_URL') ? null : body.text('photoUrl'),
    ...(dropsPassword || deleted.includes('PASSWORD') ? { password: null } : {}),
    ...(dropsEmail ? { email: null, emailVerified: false, emailLinkSignin: false } : {}),
    ...(unlinked.includes('phone') ? { phoneNumber: null } : {}),
    unlinkProviders: unlinked.filter((id) => id !== 'password' && id !== 'phone'),
  };
}

function privilegedChanges(body: Body, before: Account): AccountChanges {
  const linked = body.object('linkProviderUserInfo');
  const [phoneNumber, customAttributes] = [body.text('phoneNumber'), body.text('customAttributes')];
  if (customAttributes !== undefined) checkCustomAttributes(customAttributes);
  const isNewNumber = Boolean(phoneNumber) && phoneNumber !== before.phoneNumber;
  return {
    ...(linked ? { linkProviders: [linkedProvider(linked)] } : {}),
    ...(body.has('disableUser') ? { disabled: body.flag('disableUser') } : {}),
    ...(isNewNumber ? { phoneNumber: phoneNumberOf(phoneNumber!) } : {}),
    ...(body.has('emailVerified') ? { emailVerified: body.flag('emailVerified') } : {}),
    ...(customAttributes === undefined
      ? {}
      : { customAttributes: customAttributes === '' ? null : customAttributes }),
    ...(body.has('validSince') ? { validSince: body.int('validSince') } : {}),
    ...(body.has('createdAt') ? { createdAt: body.int('createdAt') } : {}),
    ...(body.has('lastLoginAt') ? { lastLoginAt: body.int('lastLoginAt') } : {}),
  };
}

function linkedProvider(linked: Body): ProviderInfo {
  const [providerId, rawId] = [linked.text('providerId'), linked.text('rawId')];
  check(providerId, 'MISSING_PROVIDER_ID');
  check(rawId, 'MISSING_RAW_ID');
  return {
    providerId,
    rawId,
    federatedId: linked.text('federatedId'),
    email: linked.text('email'),
    displayName: linked.text('displayName'),
    photoUrl: linked.text('photoUrl'),
    phoneNumber: linked.text('phoneNumber'),
    screenName: linked.text('screenName'),
  };
}

function responseOf(account: Account, more: object): object {
  return {
    kind: 'identitytoolkit#SetAccountInfoResponse',
    localId: account.localId,
    email: account.email,
    emailVerified: account.email === undefined ? undefined : account.emailVerified,
    displayName: account.displayName,
    photoUrl: account.photoUrl,
    providerUserInfo: providerUserInfo(account),
    passwordHash: account.hasPassword ? 'UkVEQUNURUQ=' : undefined,
    ...more,
  };
}
