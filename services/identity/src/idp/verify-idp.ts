import { unavailable } from '@telestack/errors';
import { createRemoteJWKSet, decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose';
import type { Realm } from '../accounts/account.ts';
import type { IdpConfig, Projects } from '../accounts/projects.ts';
import { check, IdentityError } from '../errors.ts';

/** What an identity provider says of a user. */
export interface IdpUser {
  readonly rawId: string;
  readonly email?: string;
  readonly emailVerified: boolean;
  readonly displayName?: string;
  readonly photoUrl?: string;
  readonly screenName?: string;
  readonly claims: JWTPayload;
}

const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const TIMEOUT_MS = 5_000;
const CACHED = 1_000;
/** Providers whose settings apps leave to us. */
const WELL_KNOWN: Readonly<
  Record<string, { readonly issuers: readonly string[]; readonly jwksUri: string }>
> = {
  'google.com': {
    issuers: ['https://accounts.google.com', 'accounts.google.com'],
    jwksUri: 'https://www.googleapis.com/oauth2/v3/certs',
  },
  'apple.com': {
    issuers: ['https://appleid.apple.com'],
    jwksUri: 'https://appleid.apple.com/auth/keys',
  },
};

interface Discovery {
  readonly jwks_uri: string;
  readonly authorization_endpoint: string;
}

/** Verifies ID tokens of the providers that a project has configured. */
export class IdpVerifier {
  readonly #projects: Projects;
  readonly #profile: 'dev' | 'production';
  readonly #keys = new Map<string, ReturnType<typeof createRemoteJWKSet>>();
  readonly #discovered = new Map<string, Discovery>();

  constructor(projects: Projects, profile: 'dev' | 'production') {
    this.#projects = projects;
    this.#profile = profile;
  }

  /**
   * Whose ID token it is. The dev profile believes tokens of providers that are not configured, and claims as plain JSON.
   * @throws IdentityError OPERATION_NOT_ALLOWED, INVALID_IDP_RESPONSE
   */
  async user(realm: Realm, providerId: string, idToken: string, nonce: string | undefined): Promise<IdpUser> {
    const config = await this.#projects.idp(realm, providerId);
    if (config?.enabled !== true) {
      check(
        this.#profile === 'dev',
        'OPERATION_NOT_ALLOWED : The identity provider configuration is not found.',
      );
      return userOf(decode(idToken));
    }
    return userOf(await this.#verify(config, idToken, nonce));
  }

  /** Where a browser begins to sign in. @throws IdentityError OPERATION_NOT_ALLOWED */
  async authUri(realm: Realm, providerId: string, continueUri: string, state: string): Promise<string> {
    const config = await this.#projects.idp(realm, providerId);
    check(config?.enabled, 'OPERATION_NOT_ALLOWED : The identity provider configuration is not found.');
    const url = new URL((await this.#discover(config.issuer)).authorization_endpoint);
    url.searchParams.set('response_type', 'id_token');
    url.searchParams.set('client_id', config.clientId);
    url.searchParams.set('redirect_uri', continueUri);
    url.searchParams.set('scope', 'openid email profile');
    url.searchParams.set('state', state);
    url.searchParams.set('nonce', state);
    return url.toString();
  }

  async #verify(config: IdpConfig, idToken: string, nonce: string | undefined): Promise<JWTPayload> {
    const wellKnown = WELL_KNOWN[config.providerId];
    const jwksUri = config.jwksUri ?? wellKnown?.jwksUri ?? (await this.#discover(config.issuer)).jwks_uri;
    try {
      const { payload } = await jwtVerify(idToken, this.#keysOf(jwksUri), {
        algorithms: ALGORITHMS,
        issuer: wellKnown && !config.issuer ? [...wellKnown.issuers] : config.issuer,
        audience: config.clientId,
        requiredClaims: ['exp', 'iat', 'sub'],
      });
      if (nonce !== undefined)
        check(payload.nonce === nonce, 'MISSING_OR_INVALID_NONCE : Nonce is not valid.');
      return payload;
    } catch (cause) {
      if (cause instanceof errors.JWKSTimeout)
        throw unavailable('The provider cannot be reached.', { cause });
      if (cause instanceof errors.JOSEError)
        throw new IdentityError('INVALID_IDP_RESPONSE : The ID token is not valid.', { cause });
      throw cause;
    }
  }

  #keysOf(uri: string): ReturnType<typeof createRemoteJWKSet> {
    let keys = this.#keys.get(uri);
    if (keys === undefined) {
      if (this.#keys.size >= CACHED) this.#keys.clear();
      keys = createRemoteJWKSet(new URL(uri), { timeoutDuration: TIMEOUT_MS });
      this.#keys.set(uri, keys);
    }
    return keys;
  }

  async #discover(issuer: string): Promise<Discovery> {
    const known = this.#discovered.get(issuer);
    if (known !== undefined) return known;
    let found: Partial<Discovery>;
    try {
      const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
      const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
      found = (await response.json()) as Partial<Discovery>;
    } catch (cause) {
      throw unavailable('The provider cannot be reached.', { cause });
    }
    const { jwks_uri, authorization_endpoint } = found;
    if (typeof jwks_uri !== 'string' || typeof authorization_endpoint !== 'string')
      throw unavailable('The provider does not say where its keys are.');
    if (this.#discovered.size >= CACHED) this.#discovered.clear();
    const discovery = { jwks_uri, authorization_endpoint };
    this.#discovered.set(issuer, discovery);
    return discovery;
  }
}

function decode(idToken: string): JWTPayload {
  try {
    return idToken.startsWith('{') ? (JSON.parse(idToken) as JWTPayload) : decodeJwt(idToken);
  } catch (cause) {
    throw new IdentityError('INVALID_IDP_RESPONSE : Unable to parse id_token', { cause });
  }
}

function userOf(claims: JWTPayload): IdpUser {
  const { sub, email, email_verified: verified, name, picture, screen_name: screenName } = claims;
  check(
    typeof sub === 'string' && sub !== '',
    'INVALID_IDP_RESPONSE : Invalid Idp Response: id_token missing required fields.',
  );
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
  return {
    rawId: sub,
    email: text(email)?.toLowerCase(),
    // Apple writes it as text.
    emailVerified: verified === true || verified === 'true',
    displayName: text(name),
    photoUrl: text(picture),
    screenName: text(screenName),
    claims,
  };
}
