import { check } from '../errors.ts';
import { TOKEN_LIFETIME_S } from '../tokens/token-issuer.ts';
import type { ToolkitCall } from './call.ts';

/** securetoken's /v1/token: the next refresh token and an ID token with what the account says now. */
export async function grantToken({ identity, realm, body }: ToolkitCall): Promise<object> {
  const grantType = body.text('grant_type') ?? body.text('grantType');
  const given = body.text('refresh_token') ?? body.text('refreshToken');
  check(grantType, 'MISSING_GRANT_TYPE');
  check(grantType === 'refresh_token', 'INVALID_GRANT_TYPE');
  check(given, 'MISSING_REFRESH_TOKEN');
  const { provider } = identity;
  const { localId, data, refreshToken } = await provider.refreshSession(realm, given);
  const account = await provider.find(realm, { localId });
  check(account, 'USER_NOT_FOUND');
  check(!account.disabled, 'USER_DISABLED');
  const idToken = await identity.tokens.idToken(realm, account, data);
  return {
    id_token: idToken,
    access_token: idToken,
    expires_in: String(TOKEN_LIFETIME_S),
    refresh_token: refreshToken,
    token_type: 'Bearer',
    user_id: localId,
    project_id: await identity.projects.number(realm.project),
  };
}
