import type { Account } from '../accounts/account.ts';
import { check } from '../errors.ts';
import type { AccountQuery } from '../provider/provider.ts';
import type { ToolkitCall } from './call.ts';
import { userOfToken } from './sign-in.ts';
import { userInfo } from './user-info.ts';

const MAX_IDENTIFIERS = 100;

/** accounts:lookup: the user of an ID token, or, for administrators, up to 100 users by any identifier. */
export async function lookup(call: ToolkitCall): Promise<object> {
  const { identity, realm, body, isPrivileged } = call;
  const users = new Map<string, Account>();
  if (isPrivileged && !body.has('idToken')) {
    const queries: AccountQuery[] = [
      ...body.texts('localId').map((localId) => ({ localId })),
      ...body.texts('email').map((email) => ({ email: email.toLowerCase() })),
      ...body.texts('phoneNumber').map((phoneNumber) => ({ phoneNumber })),
      ...body.objects('federatedUserId').map((id) => ({
        providerId: id.text('providerId') ?? '',
        rawId: id.text('rawId') ?? '',
      })),
    ];
    check(queries.length <= MAX_IDENTIFIERS, 'TOO_MANY_IDENTIFIERS : At most 100 users can be looked up.');
    for (const query of queries) {
      const account = await identity.provider.find(realm, query);
      if (account) users.set(account.localId, account);
    }
  } else {
    const idToken = body.text('idToken');
    check(idToken, 'MISSING_ID_TOKEN');
    const { account } = await userOfToken(call, idToken);
    users.set(account.localId, account);
  }
  return {
    kind: 'identitytoolkit#GetAccountInfoResponse',
    // The admin SDK takes an absent list for "no such user".
    users: users.size > 0 ? [...users.values()].map((account) => userInfo(account, realm.tenant)) : undefined,
  };
}
