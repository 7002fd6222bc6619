import { type HttpCall, type Reply, readBody } from '@telestack/http';
import { errors } from 'jose';
import type { IdentityContext } from '../context.ts';
import { TOKEN_LIFETIME_S } from '../tokens/token-issuer.ts';
import { type SignedByAccount, signedByAccount } from './signed-by-account.ts';

const GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const MAX_LIFETIME_S = 3_600 + 60;
const BODY_LIMIT = 32 * 1024;
/** What Google's libraries put for the audience, whatever `token_uri` says. */
const GOOGLE_AUDIENCES = [
  'https://oauth2.googleapis.com/token',
  'https://www.googleapis.com/oauth2/v4/token',
];

/** /token: a service account's signature for an access token (RFC 7523). Refusals are OAuth's own (RFC 6749, 5.2). */
export async function exchangeAssertion(
  { tokens, serviceAccounts }: IdentityContext,
  { request }: HttpCall,
  tokenUri: string,
): Promise<Reply> {
  const form = new URLSearchParams((await readBody(request, BODY_LIMIT)).toString());
  const assertion = form.get('assertion');
  if (form.get('grant_type') !== GRANT_TYPE)
    return refusal('unsupported_grant_type', 'Only jwt-bearer is supported.');
  if (assertion === null) return refusal('invalid_request', 'The assertion is missing.');
  let signed: SignedByAccount | undefined;
  try {
    signed = await signedByAccount(serviceAccounts, assertion, { audience: [tokenUri, ...GOOGLE_AUDIENCES] });
  } catch (error) {
    if (!(error instanceof errors.JOSEError || error instanceof TypeError)) throw error;
    return refusal('invalid_grant', 'Invalid JWT Signature.');
  }
  if (signed === undefined) return refusal('invalid_grant', 'The account or its key is not known.');
  const { payload, email, project } = signed;
  if (payload.exp! - payload.iat! > MAX_LIFETIME_S)
    return refusal('invalid_grant', 'The assertion lasts too long.');
  const accessToken = await tokens.accessToken(project, email);
  return {
    headers: { 'cache-control': 'no-store' },
    body: { access_token: accessToken, expires_in: TOKEN_LIFETIME_S, token_type: 'Bearer' },
  };
}

function refusal(error: string, description: string): Reply {
  return { status: 400, body: { error, error_description: description } };
}
