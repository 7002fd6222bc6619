import { check } from '../errors.ts';
import type { ToolkitCall } from './call.ts';
import { checkRecentSignIn, userOfToken } from './sign-in.ts';

/** accounts:delete. */
export async function deleteAccount(call: ToolkitCall): Promise<object> {
  const { identity, realm, body, isPrivileged } = call;
  const [localId, idToken] = [body.text('localId'), body.text('idToken')];
  if (isPrivileged && idToken === undefined) {
    check(localId, 'MISSING_LOCAL_ID');
    check(await identity.provider.delete(realm, localId), 'USER_NOT_FOUND');
  } else {
    check(idToken, 'MISSING_ID_TOKEN');
    const user = await userOfToken(call, idToken);
    if (!isPrivileged) checkRecentSignIn(call, user);
    const { account } = user;
    await identity.provider.delete(realm, account.localId);
  }
  return { kind: 'identitytoolkit#DeleteAccountResponse' };
}
