import { invalidArgument } from '@telestack/errors';
import { parseJsonText } from '@telestack/json';
import { checkCollectionId } from '@telestack/values';
import type { Policies, Policy, Who } from './policy.ts';

const NOBODY: Who = { kind: 'nobody' };
const EVERYBODY: Who = { kind: 'everybody' };
const AUTHENTICATED: Who = { kind: 'authenticated' };
const OWNER: Who = { kind: 'owner' };
const ADMIN_ROLE = 'admin';

/** As large as rules may be. */
const MAX_CHARACTERS = 256 * 1024;
const MAX_POLICIES = 1_000;
const MAX_ROLE = 128;
const MEMBERS: ReadonlySet<string> = new Set(['collection', 'access', 'role', 'read', 'write']);

/**
 * The policies of a database: a JSON list of `{collection, access, role?}` or `{collection, read, write}` (docs/policies.md).
 * @throws StatusError INVALID_ARGUMENT with what is wrong and where
 */
export function parsePolicies(text: string): Policies {
  if (text.length > MAX_CHARACTERS) throw invalidArgument(`Policies may have ${MAX_CHARACTERS} characters.`);
  const list = parseJson(text);
  if (!Array.isArray(list) || list.length > MAX_POLICIES) {
    throw invalidArgument(`Policies must be a list of at most ${MAX_POLICIES}.`);
  }
  const policies = new Map<string, Policy>();
  list.forEach((item: unknown, i) => {
    const at = `policies[${i}]`;
    if (typeof item !== 'object' || item === null) throw invalidArgument(`${at} must be an object.`);
    const members = item as Readonly<Record<string, unknown>>;
    const unknown = Object.keys(members).find((name) => !MEMBERS.has(name));
    if (unknown !== undefined) throw invalidArgument(`${at} has a member "${unknown}" that is not known.`);
    const collection = collectionOf(members.collection, at);
    if (policies.has(collection)) throw invalidArgument(`${at}: "${collection}" has a policy already.`);
    policies.set(collection, policyOf(members, at));
  });
  return policies;
}

function parseJson(text: string): unknown {
  try {
    return parseJsonText(text);
  } catch (error) {
    throw invalidArgument(`Policies must be JSON: ${error instanceof Error ? error.message : error}`);
  }
}

function collectionOf(value: unknown, at: string): string {
  try {
    if (typeof value === 'string' && value !== '') {
      checkCollectionId(value);
      return value;
    }
  } catch {
    // What the name lacks is not worth two messages.
  }
  throw invalidArgument(`${at}.collection must be the id of a collection.`);
}

function policyOf({ access, role, read, write }: Readonly<Record<string, unknown>>, at: string): Policy {
  if (access === undefined) {
    if (role !== undefined) throw invalidArgument(`${at}.role goes with access "role".`);
    return { read: whoOf(read, `${at}.read`), write: whoOf(write, `${at}.write`) };
  }
  if (read !== undefined || write !== undefined) {
    throw invalidArgument(`${at} must have either access, or read and write.`);
  }
  // The custom resource writes PublicRead where JSON has public-read.
  const name = typeof access === 'string' ? access.replace(/(?<=[a-z])[A-Z]/, '-$&').toLowerCase() : '';
  if (role !== undefined && name !== 'role') throw invalidArgument(`${at}.role goes with access "role".`);
  switch (name) {
    case 'owner':
      return { read: OWNER, write: OWNER };
    case 'authenticated':
      return { read: AUTHENTICATED, write: AUTHENTICATED };
    case 'public-read':
      return { read: EVERYBODY, write: NOBODY };
    case 'admin':
      return { read: AUTHENTICATED, write: { kind: 'role', role: ADMIN_ROLE } };
    case 'role': {
      const who = roleOf(role, `${at}.role`);
      return { read: who, write: who };
    }
    default:
      throw invalidArgument(`${at}.access must be owner, authenticated, public-read, admin or role.`);
  }
}

function whoOf(value: unknown, at: string): Who {
  switch (value) {
    case 'nobody':
      return NOBODY;
    case 'everybody':
      return EVERYBODY;
    case 'authenticated':
      return AUTHENTICATED;
    case 'owner':
      return OWNER;
    default:
      if (typeof value === 'string' && value.startsWith('role:')) return roleOf(value.slice(5), at);
      throw invalidArgument(`${at} must be nobody, everybody, authenticated, owner or role:NAME.`);
  }
}

function roleOf(value: unknown, at: string): Who {
  if (typeof value !== 'string' || value === '' || value.length > MAX_ROLE) {
    throw invalidArgument(`${at} must be the name of a role.`);
  }
  return { kind: 'role', role: value };
}
