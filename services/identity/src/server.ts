import { AuditLog } from '@telestack/audit';
import { Code, type StatusError } from '@telestack/errors';
import { type HttpService, httpService, type Route } from '@telestack/http';
import { Database } from '@telestack/pg';
import type { CredentialSource } from '@telestack/tokens';
import { CREDENTIALS_PATH, IDENTITY_OPEN_PATHS, IDENTITY_PATHS } from '@telestack/tokens';
import { Projects } from './accounts/projects.ts';
import { ApiKeyStore } from './admin/api-key-store.ts';
import { adminRoutes } from './admin/routes.ts';
import { ServiceAccounts } from './admin/service-accounts.ts';
import type { IdentityContext } from './context.ts';
import { PrincipalChanges } from './credentials/changes.ts';
import { credentialSource } from './credentials/credential-source.ts';
import { credentialRoutes } from './credentials/internal-routes.ts';
import { createEmbeddedProvider } from './embedded/embedded-provider.ts';
import { Housekeeping } from './housekeeping.ts';
import { IdpVerifier } from './idp/verify-idp.ts';
import { SigningKeys } from './keys/signing-keys.ts';
import { migrateIdentity } from './migrate.ts';
import { webhookMail } from './oob/mail-hook.ts';
import { OobCodes } from './oob/oob-codes.ts';
import { SignInAttempts } from './passwords/attempts.ts';
import { type HasherOptions, PasswordHasher } from './passwords/hasher.ts';
import type { SuperTokensOptions } from './supertokens/client.ts';
import { frontEndRoutes, sessionTokens } from './supertokens/front-end.ts';
import { createSuperTokensProvider } from './supertokens/supertokens-provider.ts';
import { TokenIssuer } from './tokens/token-issuer.ts';
import { toolkitRoutes } from './toolkit/routes.ts';

export interface IdentityOptions {
  readonly databaseUrl: string;
  readonly profile: 'dev' | 'production';
  /** The project of requests that name none. */
  readonly defaultProject: string;
  /** A public key that apps of the default project are configured with, besides those that are made by the API. */
  readonly webApiKey?: string;
  /** Where clients reach this service, for links in mails and in key files. */
  readonly publicUrl?: string;
  /** Gets what is to be mailed; see `webhookMail`. */
  readonly mailHookUrl?: string;
  readonly mailHookSecret?: string;
  /** Users in a SuperTokens Core instead of our own tables. */
  readonly superTokens?: SuperTokensOptions;
  readonly maxConnections?: number;
  readonly passwords?: HasherOptions;
  /** Age at which a signing key is replaced, in ms. */
  readonly keyRotationMs?: number;
  readonly log: (message: string, error?: unknown) => void;
}

export interface RunningIdentity {
  /** For the public, by the gateway. */
  readonly service: HttpService;
  /** For the public, called as anyone: what reads credentials that only the identity provider knows. */
  readonly openService: HttpService;
  /** The public side and the credentials, for the other processes. */
  readonly internalService: HttpService;
  readonly credentials: CredentialSource;
  /** What the public side serves, and to whom. */
  readonly routes: readonly Route[];
  /** Makes a new signing key, which takes over as soon as all verifiers know it. */
  rotateKeys(): Promise<void>;
  close(): Promise<void>;
}

const DEFAULT_CONNECTIONS = 10;
const KEY_ROTATION_MS = 30 * 24 * 3_600_000;

/** Users, sign-in, tokens, API keys and service accounts, on PostgreSQL. */
export async function startIdentity(options: IdentityOptions): Promise<RunningIdentity> {
  const { profile, log } = options;
  const db = new Database({
    connectionString: options.databaseUrl,
    applicationName: 'telestack-identity',
    max: options.maxConnections ?? DEFAULT_CONNECTIONS,
    onError: (error) => log('An idle connection to PostgreSQL was lost.', error),
  });
  try {
    await migrateIdentity(db);
    const identity = createContext(db, options);
    if (options.webApiKey !== undefined)
      await identity.apiKeys.ensureWebKey(options.defaultProject, options.webApiKey);
    // Made now, so that the first sign-in does not wait for it.
    await identity.keys.current();
    const { superTokens } = options;
    const source = credentialSource(identity, superTokens && sessionTokens(superTokens));
    const housekeeping = new Housekeeping(db, identity, log);
    const onError = (error: StatusError, path: string) => {
      if (error.code === Code.INTERNAL || error.code === Code.UNKNOWN)
        log(`${path} failed.`, error.cause ?? error);
    };
    const routes = [...toolkitRoutes(identity), ...adminRoutes(identity)];
    const openRoutes = superTokens === undefined ? [] : frontEndRoutes();
    const common = { onError, profile };
    return {
      service: httpService({ ...common, prefixes: IDENTITY_PATHS, routes }),
      openService: httpService({ ...common, prefixes: IDENTITY_OPEN_PATHS, routes: openRoutes }),
      internalService: httpService({
        ...common,
        prefixes: [...IDENTITY_PATHS, ...IDENTITY_OPEN_PATHS, CREDENTIALS_PATH],
        routes: [...routes, ...openRoutes, ...credentialRoutes(source)],
      }),
      credentials: source,
      routes: [...routes, ...openRoutes],
      rotateKeys: () => identity.keys.rotate(),
      async close() {
        await housekeeping.close();
        await identity.provider.close();
        await db.close();
      },
    };
  } catch (error) {
    await db.close();
    throw error;
  }
}

function createContext(db: Database, options: IdentityOptions): IdentityContext {
  const { profile, log } = options;
  const changes = new PrincipalChanges(db);
  const keys = new SigningKeys(db, options.keyRotationMs ?? KEY_ROTATION_MS);
  const projects = new Projects(db, profile);
  return {
    profile,
    defaultProject: options.defaultProject,
    publicUrl: options.publicUrl,
    provider:
      options.superTokens === undefined
        ? createEmbeddedProvider(db, new PasswordHasher(options.passwords), changes)
        : createSuperTokensProvider(options.superTokens, changes),
    projects,
    tokens: new TokenIssuer(keys, profile),
    keys,
    oob: new OobCodes(db, profile === 'dev'),
    mail:
      options.mailHookUrl === undefined
        ? undefined
        : webhookMail(options.mailHookUrl, options.mailHookSecret),
    idps: new IdpVerifier(projects, profile),
    changes,
    apiKeys: new ApiKeyStore(db, changes),
    serviceAccounts: new ServiceAccounts(db, changes),
    attempts: profile === 'production' ? new SignInAttempts() : undefined,
    audit: new AuditLog(db, 'identity', log),
    log,
  };
}
