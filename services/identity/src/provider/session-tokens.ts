import type { VerificationKeys } from '@telestack/tokens';

/** Tokens that the identity provider issues itself, beside ours: those of its own front-end SDK. */
export interface SessionTokens {
  verificationKeys(signal: AbortSignal): Promise<NonNullable<VerificationKeys['sessions']>>;
}
