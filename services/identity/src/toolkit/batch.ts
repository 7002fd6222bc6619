import type { AccountChanges, ProviderInfo } from '../accounts/account.ts';
import { check, IdentityError } from '../errors.ts';
import { importedPassword } from '../passwords/imported.ts';
import type { Body } from './body.ts';
import type { ToolkitCall } from './call.ts';
import { checkCustomAttributes, emailOf, localIdOf, phoneNumberOf } from './limits.ts';
import { nowInSeconds } from './sign-in.ts';
import { userInfo } from './user-info.ts';

const MAX_BATCH = 1000;
const DEFAULT_PAGE = 20;

/** accounts:batchCreate: an import, with password hashes of other systems. What cannot be taken is listed by its index. */
export async function batchCreate(call: ToolkitCall): Promise<object> {
  const users = call.body.objects('users');
  check(users.length > 0, 'MISSING_USER_ACCOUNT');
  check(users.length <= MAX_BATCH, `BATCH_SIZE_LIMIT_EXCEEDED : At most ${MAX_BATCH} users.`);
  const mayOverwrite = call.body.flag('allowOverwrite') ?? false;
  checkDuplicates(users, call.body.flag('sanityCheck') ?? false);
  const error: object[] = [];
  for (const [index, user] of users.entries()) {
    try {
      await importUser(call, user, mayOverwrite);
    } catch (thrown) {
      if (!(thrown instanceof IdentityError)) throw thrown;
      error.push({ index, message: FRIENDLY[thrown.message] ?? thrown.message });
    }
  }
  return { kind: 'identitytoolkit#UploadAccountResponse', error };
}

/** How an import words what other calls say in codes. */
const FRIENDLY: Readonly<Record<string, string>> = {
  INVALID_CLAIMS: 'Invalid custom claims provided.',
  CLAIMS_TOO_LARGE: 'Custom claims provided are too large.',
  EMAIL_EXISTS: 'email exists in other account in database',
  INVALID_EMAIL: 'email is invalid',
  FEDERATED_USER_ID_ALREADY_LINKED: 'raw id exists in other account in database',
  DUPLICATE_LOCAL_ID: 'localId belongs to an existing account - can not overwrite.',
};

function checkDuplicates(users: readonly Body[], isSanityChecked: boolean): void {
  const [ids, emails] = [new Set<string>(), new Set<string>()];
  for (const user of users) {
    const [id, email] = [user.text('localId') ?? '', user.text('email')];
    check(!ids.has(id), `DUPLICATE_LOCAL_ID : ${id}`);
    ids.add(id);
    if (!isSanityChecked || email === undefined) continue;
    check(!emails.has(email), `DUPLICATE_EMAIL : ${email}`);
    emails.add(email);
  }
}

async function importUser(call: ToolkitCall, user: Body, mayOverwrite: boolean): Promise<void> {
  const { identity, realm } = call;
  const given = user.text('localId');
  check(given, 'localId is missing');
  const localId = localIdOf(given);
  const known = mayOverwrite ? await identity.provider.find(realm, { localId }) : undefined;
  const fields = fieldsOf(call, user);
  if (known) {
    const gone = known.providers.map(({ providerId }) => providerId);
    await identity.provider.update(realm, localId, { ...EMPTY, ...fields, unlinkProviders: gone });
  } else {
    await identity.provider.create(realm, localId, fields);
  }
}

const EMPTY: AccountChanges = {
  email: null,
  phoneNumber: null,
  displayName: null,
  photoUrl: null,
  customAttributes: null,
  password: null,
};

function fieldsOf({ body }: ToolkitCall, user: Body): AccountChanges {
  const [email, phone, custom] = [
    user.text('email'),
    user.text('phoneNumber'),
    user.text('customAttributes'),
  ];
  const [hash, raw] = [user.text('passwordHash'), user.text('rawPassword')];
  if (custom) checkCustomAttributes(custom);
  const hashRequest = {
    hashAlgorithm: body.text('hashAlgorithm'),
    signerKey: body.text('signerKey'),
    saltSeparator: body.text('saltSeparator'),
    rounds: body.int('rounds'),
    memoryCost: body.int('memoryCost'),
    cpuMemCost: body.int('cpuMemCost'),
    parallelization: body.int('parallelization'),
    blockSize: body.int('blockSize'),
    dkLen: body.int('dkLen'),
    passwordHashOrder: body.text('passwordHashOrder'),
  };
  return {
    ...(email ? { email: emailOf(email) } : {}),
    emailVerified: user.flag('emailVerified') ?? false,
    ...(phone ? { phoneNumber: phoneNumberOf(phone) } : {}),
    displayName: user.text('displayName'),
    photoUrl: user.text('photoUrl'),
    disabled: user.flag('disabled') ?? false,
    ...(custom ? { customAttributes: custom } : {}),
    ...(hash ? { importedPassword: importedPassword(hashRequest, hash, user.text('salt')) } : {}),
    ...(raw ? { password: raw } : {}),
    createdAt: user.int('createdAt') ?? Date.now(),
    lastLoginAt: user.int('lastLoginAt'),
    validSince: nowInSeconds(),
    linkProviders: user.objects('providerUserInfo').flatMap(providerOf),
  };
}

function providerOf(info: Body): ProviderInfo[] {
  const [providerId, rawId] = [info.text('providerId'), info.text('rawId')];
  if (providerId === 'password' || providerId === 'phone') return [];
  check(providerId && rawId, 'federatedId or (providerId & rawId) is required');
  return [
    {
      providerId,
      rawId,
      federatedId: info.text('federatedId') ?? rawId,
      email: info.text('email'),
      displayName: info.text('displayName'),
      photoUrl: info.text('photoUrl'),
    },
  ];
}

/** accounts:batchDelete. Accounts that are not disabled are kept, unless forced. */
export async function batchDelete({ identity, realm, body }: ToolkitCall): Promise<object> {
  const localIds = body.texts('localIds');
  check(localIds.length > 0 && localIds.length <= MAX_BATCH, 'LOCAL_ID_LIST_EXCEEDS_LIMIT');
  const isForced = body.flag('force') ?? false;
  const errors: object[] = [];
  for (const [index, localId] of localIds.entries()) {
    const account = await identity.provider.find(realm, { localId });
    if (account === undefined) continue;
    if (account.disabled || isForced) await identity.provider.delete(realm, localId);
    else
      errors.push({ index, localId, message: 'NOT_DISABLED : Disable the account before batch deletion.' });
  }
  return { errors: errors.length > 0 ? errors : undefined };
}

/** accounts:batchGet: all users, a page at a time. */
export async function batchGet({ identity, realm, query }: ToolkitCall): Promise<object> {
  const wanted = Math.floor(Number(query.get('maxResults'))) || DEFAULT_PAGE;
  const limit = Math.min(Math.max(wanted, 1), MAX_BATCH);
  const pageToken = query.get('nextPageToken') ?? undefined;
  const { accounts, nextPageToken } = await identity.provider.list(realm, { pageToken, limit });
  return {
    kind: 'identitytoolkit#DownloadAccountResponse',
    users: accounts.map((account) => userInfo(account, realm.tenant)),
    nextPageToken,
  };
}

/** accounts:query: how many users there are, and the first of them. */
export async function queryAccounts({ identity, realm, body }: ToolkitCall): Promise<object> {
  const count = await identity.provider.count(realm);
  if (body.flag('returnUserInfo') === false) return { recordsCount: String(count) };
  const limit = Math.min(Math.max(body.int('limit') ?? 500, 1), 500);
  const { accounts } = await identity.provider.list(realm, { limit });
  if (body.text('order') === 'DESC') accounts.reverse();
  return {
    recordsCount: String(count),
    userInfo: accounts.map((account) => userInfo(account, realm.tenant)),
  };
}
