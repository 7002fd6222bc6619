import { createUser, encodeUser, fmtCreds, fromSeed } from '@nats-io/jwt';
import { INBOX_PREFIX, notificationSubject } from '@telestack/bus';
import { decode, encode } from './keys.ts';

/** Keys of a project's Secret: text of a creds file for its services, and of one for its object store. */
export const USERS = { services: 'creds', minio: 'minio.creds' } as const;
const KEYS: readonly string[] = Object.values(USERS);

/** May tell of files, whatever its streams are called, and hear that this has come; not what comes to the services. */
const NOTIFIER = {
  pub: { allow: [notificationSubject('*')] },
  sub: { allow: ['_INBOX.>'], deny: [`${INBOX_PREFIX}.>`] },
};

/** Credentials of new users of a project's account, by their keys in its Secret. */
export async function newUsers(accountSeed: string): Promise<Record<string, string>> {
  return {
    [USERS.services]: await newUser(accountSeed),
    [USERS.minio]: await newUser(accountSeed, NOTIFIER),
  };
}

export function hasAllUsers(data: Readonly<Record<string, string>> = {}): boolean {
  return KEYS.every((key) => data[key] !== undefined);
}

/** What NATS clients call a creds file, of a user that may do everything in its account, or only what is given. */
export async function newUser(accountSeed: string, permissions: object = {}): Promise<string> {
  const user = createUser();
  const jwt = await encodeUser('telestack', user, fromSeed(encode(accountSeed)), permissions, {});
  return decode(fmtCreds(jwt, user));
}
