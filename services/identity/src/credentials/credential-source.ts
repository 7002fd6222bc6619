import type { CredentialSource } from '@telestack/tokens';
import type { IdentityContext } from '../context.ts';
import type { SessionTokens } from '../provider/session-tokens.ts';

/** What verifiers in the same process ask. */
export function credentialSource(
  { keys, apiKeys, serviceAccounts, changes }: IdentityContext,
  sessions: SessionTokens | undefined,
): CredentialSource {
  return {
    keys: async (signal) => ({
      platform: await keys.jwks(),
      ...(sessions === undefined ? {} : { sessions: await sessions.verificationKeys(signal) }),
    }),
    apiKey: (prefix) => apiKeys.record(prefix),
    serviceAccountKey: (email, kid) => serviceAccounts.keyOf(email, kid),
    changes: (after, waitMs, signal) => changes.read(after, waitMs, signal),
  };
}
