import type { OptionsOf } from '@telestack/config';
import { invalidArgument } from '@telestack/errors';
import type { IDENTITY_OPTIONS } from '../options.ts';
import type { OAuthProvider, SuperTokensOptions } from './client.ts';

/** The settings of the SuperTokens provider; undefined when none is asked for. @throws StatusError INVALID_ARGUMENT */
export function superTokensOf(options: OptionsOf<typeof IDENTITY_OPTIONS>): SuperTokensOptions | undefined {
  const { superTokensUri: uri, superTokensApiKey: apiKey, project, publicUrl, websiteDomain } = options;
  if (uri === undefined) return undefined;
  if (publicUrl === undefined) throw invalidArgument('SUPERTOKENS_URI needs PUBLIC_URL.');
  return {
    uri,
    apiKey,
    project,
    apiDomain: publicUrl,
    websiteDomain,
    providers: providersOf(options.oauthProviders),
  };
}

function providersOf(text: string | undefined): OAuthProvider[] {
  if (text === undefined) return [];
  try {
    const list: unknown = JSON.parse(text);
    if (Array.isArray(list) && list.every((item) => typeof item?.thirdPartyId === 'string'))
      return list as OAuthProvider[];
  } catch {
    // The text is a secret: no cause.
  }
  throw invalidArgument('OAUTH_PROVIDERS is not a JSON list of {thirdPartyId, clientId, clientSecret}.');
}
