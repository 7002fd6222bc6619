import type { OptionsOf } from '@telestack/config';
import type { IDENTITY_OPTIONS } from './options.ts';
import type { IdentityOptions } from './server.ts';
import { superTokensOf } from './supertokens/options.ts';

/** What options make of an identity service, wherever it runs. @throws StatusError INVALID_ARGUMENT */
export function identitySettings(
  options: OptionsOf<typeof IDENTITY_OPTIONS>,
): Omit<IdentityOptions, 'passwords' | 'log'> {
  const { databaseUrl, profile, webApiKey, publicUrl, mailHookUrl, mailHookSecret, maxConnections } = options;
  return {
    databaseUrl,
    profile,
    defaultProject: options.project,
    webApiKey,
    publicUrl,
    mailHookUrl,
    mailHookSecret,
    superTokens: superTokensOf(options),
    maxConnections,
    keyRotationMs: options.keyRotation,
  };
}
