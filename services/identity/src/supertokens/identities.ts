import supertokens from 'supertokens-node';
import EmailPassword from 'supertokens-node/recipe/emailpassword';
import ThirdParty from 'supertokens-node/recipe/thirdparty';
import { check } from '../errors.ts';
import { type AccountRecord, accountIdOf, assignTo, removeUser } from './account-record.ts';
import { core, TENANT } from './client.ts';

/** Identities that are the account's own, and no provider's. */
export const OWN = { account: 'telestack', email: 'telestack.email', phone: 'telestack.phone' } as const;

/** By which an account is found without its password: each is a user of the core's ThirdParty recipe. */
export function identitiesOf(record: AccountRecord): Map<string, string> {
  const found = new Map<string, string>([[OWN.account, record.localId]]);
  if (record.email !== undefined) found.set(OWN.email, record.email);
  if (record.phoneNumber !== undefined) found.set(OWN.phone, record.phoneNumber);
  for (const { providerId, rawId } of record.providers) found.set(providerId, rawId);
  return found;
}

const REFUSALS: Readonly<Record<string, string>> = {
  [OWN.account]: 'DUPLICATE_LOCAL_ID',
  [OWN.email]: 'EMAIL_EXISTS',
  [OWN.phone]: 'PHONE_NUMBER_EXISTS',
};

/** The account with an identity. */
export async function findIdentity(id: string, userId: string): Promise<string | undefined> {
  const users = await core(() => supertokens.listUsersByAccountInfo(TENANT, { thirdParty: { id, userId } }));
  return users[0] && accountIdOf(users[0].id);
}

/** Brings the core's users in line with the record; resolves to the record with their ids. @throws IdentityError as REFUSALS */
export async function syncIdentities(
  before: AccountRecord | undefined,
  record: AccountRecord,
): Promise<AccountRecord> {
  const [old, wanted] = [before ? identitiesOf(before) : new Map<string, string>(), identitiesOf(record)];
  const users: Record<string, string> = { ...before?.identities };
  const changed = [...wanted].filter(([id, value]) => old.get(id) !== value);
  for (const [id, value] of changed) {
    const owner = await findIdentity(id, value);
    check(
      owner === undefined || owner === record.localId,
      REFUSALS[id] ?? 'FEDERATED_USER_ID_ALREADY_LINKED',
    );
  }
  for (const [id, value] of changed) {
    const replaced = users[id];
    users[id] = await createIdentity(id, value, record);
    if (replaced !== undefined) await removeUser(replaced);
  }
  for (const id of old.keys()) {
    const user = users[id];
    if (wanted.has(id) || user === undefined) continue;
    await removeUser(user);
    delete users[id];
  }
  return { ...record, identities: users };
}

async function createIdentity(id: string, value: string, { localId }: AccountRecord): Promise<string> {
  // The recipe wants an address; none of these gets mail, and none is anybody's sign-in.
  const address = `${Buffer.from(`${id} ${value}`).toString('hex').slice(0, 60)}@identity.invalid`;
  const made = await core(() => ThirdParty.manuallyCreateOrUpdateUser(TENANT, id, value, address, false));
  check(made.status === 'OK', 'OPERATION_NOT_ALLOWED');
  // Two callers at the same time: the core lets one of them make it.
  check(made.createdNewRecipeUser, REFUSALS[id] ?? 'FEDERATED_USER_ID_ALREADY_LINKED');
  const userId = made.recipeUserId.getAsString();
  await assignTo(userId, localId);
  return userId;
}

/** Sets, changes or removes the address and password that the core checks. @throws IdentityError EMAIL_EXISTS */
export async function syncPassword(
  before: AccountRecord | undefined,
  record: AccountRecord,
  password: string | null | undefined,
): Promise<AccountRecord> {
  const { passwordUser, email } = record;
  if (passwordUser !== undefined && (password === null || email === undefined)) {
    await removeUser(passwordUser);
    return { ...record, passwordUser: undefined };
  }
  if (email === undefined) return record;
  if (passwordUser === undefined) {
    if (typeof password !== 'string') return record;
    const made = await core(() => EmailPassword.signUp(TENANT, email, password));
    check(made.status === 'OK', 'EMAIL_EXISTS');
    const userId = made.recipeUserId.getAsString();
    await assignTo(userId, record.localId);
    return { ...record, passwordUser: userId, passwordUpdatedAt: Date.now() };
  }
  const isOther = email !== before?.email;
  if (!isOther && typeof password !== 'string') return record;
  const outcome = await core(() =>
    EmailPassword.updateEmailOrPassword({
      recipeUserId: supertokens.convertToRecipeUserId(passwordUser),
      ...(isOther ? { email } : {}),
      ...(typeof password === 'string' ? { password } : {}),
      // Ours has been checked; the SDK's own wants digits.
      applyPasswordPolicy: false,
    }),
  );
  check(outcome.status === 'OK', 'EMAIL_EXISTS');
  return typeof password === 'string' ? { ...record, passwordUpdatedAt: Date.now() } : record;
}
