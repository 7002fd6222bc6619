import { unavailable } from '@telestack/errors';
import supertokens from 'supertokens-node';
import EmailPassword from 'supertokens-node/recipe/emailpassword';
import Session from 'supertokens-node/recipe/session';
import ThirdParty from 'supertokens-node/recipe/thirdparty';
import UserMetadata from 'supertokens-node/recipe/usermetadata';
import UserRoles from 'supertokens-node/recipe/userroles';

export interface SuperTokensOptions {
  /** SuperTokens Core: "http://host:port". */
  readonly uri: string;
  readonly apiKey?: string;
  /** The one project that this core serves: tenants cost a licence there. */
  readonly project: string;
  /** Where the gateway and the app are, for the front-end SDK's cookies and links. */
  readonly apiDomain: string;
  readonly websiteDomain: string;
  /** Providers of OAuth sign-in by the front-end SDK. */
  readonly providers?: readonly OAuthProvider[];
}

export interface OAuthProvider {
  /** "google", "github", or a name of one's own with `oidcDiscoveryEndpoint`. */
  readonly thirdPartyId: string;
  readonly clientId: string;
  readonly clientSecret?: string;
  readonly oidcDiscoveryEndpoint?: string;
}

/** All users are of the core's default tenant. */
export const TENANT = 'public';
export const API_BASE_PATH = '/auth';

export interface Hooks {
  /** Claims for the access token of a session that begins. */
  readonly claimsOf: (userId: string) => Promise<Record<string, unknown>>;
  /** All sessions of a user have ended. */
  readonly onRevokedAll: (userId: string) => Promise<void>;
}

/** The SDK keeps its settings in the process: there is one core a process. */
export function initSuperTokens(options: SuperTokensOptions, hooks: Hooks): void {
  supertokens.init({
    framework: 'custom',
    telemetry: false,
    supertokens: { connectionURI: options.uri, apiKey: options.apiKey },
    appInfo: {
      appName: options.project,
      apiDomain: options.apiDomain,
      websiteDomain: options.websiteDomain,
      apiBasePath: API_BASE_PATH,
      websiteBasePath: API_BASE_PATH,
    },
    recipeList: [
      EmailPassword.init(),
      ThirdParty.init({
        signInAndUpFeature: {
          providers: (options.providers ?? []).map(
            ({ thirdPartyId, clientId, clientSecret, oidcDiscoveryEndpoint }) => ({
              config: { thirdPartyId, oidcDiscoveryEndpoint, clients: [{ clientId, clientSecret }] },
            }),
          ),
        },
      }),
      UserMetadata.init(),
      UserRoles.init(),
      Session.init({
        override: {
          functions: (original) => ({
            ...original,
            createNewSession: async (input) =>
              original.createNewSession({
                ...input,
                accessTokenPayload: { ...(await hooks.claimsOf(input.userId)), ...input.accessTokenPayload },
              }),
            revokeAllSessionsForUser: async (input) => {
              const revoked = await original.revokeAllSessionsForUser(input);
              await hooks.onRevokedAll(input.userId);
              return revoked;
            },
          }),
        },
      }),
    ],
  });
}

/** Runs a call of the core; one that fails is UNAVAILABLE, with the cause for the log. */
export async function core<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    if (Session.Error.isErrorFromSuperTokens(cause)) throw cause;
    throw unavailable('The identity provider cannot be reached.', { cause });
  }
}
