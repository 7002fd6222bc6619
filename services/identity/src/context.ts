import type { AuditLog } from '@telestack/audit';
import type { Projects } from './accounts/projects.ts';
import type { ApiKeyStore } from './admin/api-key-store.ts';
import type { ServiceAccounts } from './admin/service-accounts.ts';
import type { PrincipalChanges } from './credentials/changes.ts';
import type { IdpVerifier } from './idp/verify-idp.ts';
import type { SigningKeys } from './keys/signing-keys.ts';
import type { MailHook } from './oob/mail-hook.ts';
import type { OobCodes } from './oob/oob-codes.ts';
import type { SignInAttempts } from './passwords/attempts.ts';
import type { IdentityProvider } from './provider/provider.ts';
import type { TokenIssuer } from './tokens/token-issuer.ts';

/** What the routes of this service work with. */
export interface IdentityContext {
  readonly profile: 'dev' | 'production';
  /** The project of requests that name none, such as those with the dev profile's made-up API keys. */
  readonly defaultProject: string;
  /** Where clients reach this service, for links in mails; taken from the request in the dev profile. */
  readonly publicUrl: string | undefined;
  readonly provider: IdentityProvider;
  readonly projects: Projects;
  readonly tokens: TokenIssuer;
  readonly keys: SigningKeys;
  readonly oob: OobCodes;
  readonly mail: MailHook | undefined;
  readonly idps: IdpVerifier;
  readonly changes: PrincipalChanges;
  readonly apiKeys: ApiKeyStore;
  readonly serviceAccounts: ServiceAccounts;
  readonly audit: AuditLog;
  /** Counts wrong passwords; not in the dev profile. */
  readonly attempts: SignInAttempts | undefined;
  readonly log: (message: string, error?: unknown) => void;
}
