import { randomId } from '../accounts/ids.ts';
import { check } from '../errors.ts';
import type { ToolkitCall } from './call.ts';
import { emailOf, isAbsoluteUrl } from './limits.ts';
import { providerUserInfo } from './user-info.ts';

const KIND = 'identitytoolkit#CreateAuthUriResponse';

/** accounts:createAuthUri: how an address can sign in (`fetchSignInMethodsForEmail`), or where to sign in with a provider. */
export async function createAuthUri({ identity, realm, body, config }: ToolkitCall): Promise<object> {
  const sessionId = body.text('sessionId') ?? randomId(27);
  const [continueUri, providerId] = [body.text('continueUri'), body.text('providerId')];
  check(continueUri, 'MISSING_CONTINUE_URI');
  check(isAbsoluteUrl(continueUri), 'INVALID_CONTINUE_URI');
  if (providerId) {
    const authUri = await identity.idps.authUri(realm, providerId, continueUri, sessionId);
    return { kind: KIND, providerId, sessionId, authUri };
  }
  const identifier = body.text('identifier');
  check(identifier, 'MISSING_IDENTIFIER');
  const email = emailOf(identifier, 'INVALID_IDENTIFIER');
  if (config.enableImprovedEmailPrivacy) return { kind: KIND, sessionId };
  const account = await identity.provider.find(realm, { email });
  const infos = account ? providerUserInfo(account).filter(({ providerId }) => providerId !== 'phone') : [];
  const allProviders = infos.map(({ providerId }) => providerId);
  const signinMethods = allProviders.flatMap((id) =>
    id === 'password'
      ? [...(account?.hasPassword ? ['password'] : []), ...(account?.emailLinkSignin ? ['emailLink'] : [])]
      : [id],
  );
  return { kind: KIND, registered: account !== undefined, allProviders, sessionId, signinMethods };
}
