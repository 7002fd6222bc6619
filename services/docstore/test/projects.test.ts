import { Code } from '@telestack/errors';
import { ADMIN, ANONYMOUS, type Principal } from '@telestack/rpc';
import { expect, test } from 'vitest';
import { AccessControl } from '../src/access/access-control.ts';
import { NO_POLICIES } from '../src/policies/policy.ts';

const access = new AccessControl({
  releases: {
    for: async () => ({ id: '', time: 0, rules: 'open', policies: NO_POLICIES, schemas: undefined }),
  },
  explains: false,
});
const isLetIn = (principal: Principal) =>
  access.caller({ principal }, 'mine/(default)').then(
    () => true,
    ({ code }) => (code === Code.PERMISSION_DENIED ? false : code),
  );

test('a credential of another project opens nothing, an administrator’s neither', async () => {
  const scopes = [{ database: '*', collections: ['*'], access: 'write' }] as const;
  const principals = (project: string): Principal[] => [
    { kind: 'admin', project, account: 'a@b' },
    { kind: 'user', uid: 'alice', claims: {}, project },
    { kind: 'apiKey', keyId: 'k', project, scopes },
  ];
  for (const principal of [ADMIN, ANONYMOUS, ...principals('mine')])
    expect(await isLetIn(principal)).toBe(true);
  for (const principal of principals('other')) expect(await isLetIn(principal)).toBe(false);
});
