import supertokens from 'supertokens-node';
import UserMetadata from 'supertokens-node/recipe/usermetadata';
import UserRoles from 'supertokens-node/recipe/userroles';
import type { Account, AccountChanges, ProviderInfo } from '../accounts/account.ts';
import { core, TENANT } from './client.ts';

type Json = string | number | boolean | null | undefined | Json[] | { [name: string]: Json };

/** What the core keeps of an account as metadata, under `account:<localId>`; passwords, sessions and roles it keeps in its own way. */
export interface AccountRecord extends Omit<Account, 'roles' | 'hasPassword'> {
  /** The core's user with the account's address and password; undefined without a password. */
  readonly passwordUser?: string;
  /** The core's users by which the account is found: one for each other identity. */
  readonly identities: Readonly<Record<string, string>>;
}

const KEY = 'telestack';
/** Fields of a change that the record keeps as they are. */
const SCALARS = [
  ...([
    'email',
    'emailVerified',
    'initialEmail',
    'phoneNumber',
    'displayName',
    'photoUrl',
    'disabled',
  ] as const),
  ...([
    'emailLinkSignin',
    'customAuth',
    'customAttributes',
    'validSince',
    'createdAt',
    'lastLoginAt',
  ] as const),
  'lastRefreshAt' as const,
];

export async function readRecord(localId: string): Promise<AccountRecord | undefined> {
  const { metadata } = await core(() => UserMetadata.getUserMetadata(`account:${localId}`));
  return (metadata as Record<string, AccountRecord | undefined>)[KEY];
}

export async function writeRecord(record: AccountRecord): Promise<void> {
  // The core merges metadata at the first level only: the record below it is put as a whole.
  const json = JSON.parse(JSON.stringify(record)) as { [name: string]: Json };
  await core(() => UserMetadata.updateUserMetadata(`account:${record.localId}`, { [KEY]: json }));
}

export async function deleteRecord(localId: string): Promise<void> {
  await core(() => UserMetadata.clearUserMetadata(`account:${localId}`));
}

/** The account that one of the core's users belongs to: by default its own. */
export async function accountIdOf(userId: string): Promise<string> {
  const { metadata } = await core(() => UserMetadata.getUserMetadata(userId));
  const { accountOf } = metadata as { accountOf?: unknown };
  return typeof accountOf === 'string' ? accountOf : userId;
}

export async function assignTo(userId: string, localId: string): Promise<void> {
  await core(() => UserMetadata.updateUserMetadata(userId, { accountOf: localId }));
}

export async function removeUser(userId: string): Promise<void> {
  await core(async () => {
    await UserMetadata.clearUserMetadata(userId);
    await supertokens.deleteUser(userId, false);
  });
}

/** The record with a change's own fields; identities are for the caller. */
export function withChanges(record: AccountRecord, changes: AccountChanges): AccountRecord {
  const next: Record<string, unknown> = { ...record };
  for (const field of SCALARS) {
    const value = changes[field];
    if (value === null) delete next[field];
    else if (value !== undefined) next[field] = value;
  }
  for (const field of ['emailVerified', 'disabled', 'emailLinkSignin', 'customAuth']) next[field] ??= false;
  const gone = [
    ...(changes.unlinkProviders ?? []),
    ...(changes.linkProviders ?? []).map((info) => info.providerId),
  ];
  const providers: ProviderInfo[] = [
    ...record.providers.filter(({ providerId }) => !gone.includes(providerId)),
    ...(changes.linkProviders ?? []),
  ];
  return { ...(next as unknown as AccountRecord), providers };
}

export async function accountOf(record: AccountRecord): Promise<Account> {
  const { roles } = await core(() => UserRoles.getRolesForUser(TENANT, record.localId));
  const { passwordUser, identities: _, ...rest } = record;
  return { ...rest, roles: roles.sort(), hasPassword: passwordUser !== undefined };
}

/** Roles are made as they are given. */
export async function setRoles(localId: string, wanted: readonly string[]): Promise<void> {
  await core(async () => {
    const { roles } = await UserRoles.getRolesForUser(TENANT, localId);
    for (const role of wanted) {
      if (roles.includes(role)) continue;
      await UserRoles.createNewRoleOrAddPermissions(role, []);
      await UserRoles.addRoleToUser(TENANT, localId, role);
    }
    for (const role of roles)
      if (!wanted.includes(role)) await UserRoles.removeUserRole(TENANT, localId, role);
  });
}
