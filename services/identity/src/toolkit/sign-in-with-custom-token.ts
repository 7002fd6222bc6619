import { check } from '../errors.ts';
import { readCustomToken } from '../tokens/custom-token.ts';
import type { ToolkitCall } from './call.ts';
import { signIn } from './sign-in.ts';

/** accounts:signInWithCustomToken: the project's own server says who it is. */
export async function signInWithCustomToken(call: ToolkitCall): Promise<object> {
  const { identity, realm, body } = call;
  const { provider } = identity;
  const token = body.text('token');
  check(token, 'MISSING_CUSTOM_TOKEN');
  const { uid, claims } = await readCustomToken(identity, realm, token);
  const known = await provider.find(realm, { localId: uid });
  if (known) check(!known.disabled, 'USER_DISABLED');
  const account = known
    ? await provider.update(realm, uid, { customAuth: true })
    : await provider.create(realm, uid, { customAuth: true, createdAt: Date.now() });
  return {
    kind: 'identitytoolkit#VerifyCustomTokenResponse',
    isNewUser: known === undefined,
    ...(await signIn(call, account, 'custom', claims)),
  };
}
