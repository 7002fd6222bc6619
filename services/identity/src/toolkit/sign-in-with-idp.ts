import type { Account, AccountChanges, ProviderInfo } from '../accounts/account.ts';
import { randomId } from '../accounts/ids.ts';
import { check, IdentityError } from '../errors.ts';
import type { IdpUser } from '../idp/verify-idp.ts';
import type { ToolkitCall } from './call.ts';
import { nowInSeconds, signIn, userOfToken } from './sign-in.ts';

/** accounts:signInWithIdp: with the ID token of a provider; with an ID token of ours besides, it links the two. */
export async function signInWithIdp(call: ToolkitCall): Promise<object> {
  const { identity, realm, body } = call;
  const parameters = parametersOf(body.text('requestUri'), body.text('postBody'));
  const providerId = parameters.get('providerId')?.toLowerCase();
  check(providerId, 'INVALID_CREDENTIAL_OR_PROVIDER_ID : Invalid IdP response/credential');
  const credential =
    parameters.get('id_token') ?? (identity.profile === 'dev' ? parameters.get('access_token') : undefined);
  check(credential, 'INVALID_IDP_RESPONSE : An id_token is required.');
  const nonce = parameters.get('nonce') ?? undefined;
  const user = await identity.idps.user(realm, providerId, credential, nonce);
  const response = responseOf(providerId, user, parameters);
  const ownToken = body.text('idToken');
  try {
    const current = ownToken ? (await userOfToken(call, ownToken)).account : undefined;
    const outcome = await resolve(call, providerId, user, current);
    if ('needConfirmation' in outcome) return { ...response, ...outcome };
    const { account, isNewUser } = outcome;
    return {
      ...response,
      localId: account.localId,
      emailVerified: account.email === user.email ? account.emailVerified : user.emailVerified,
      isNewUser: isNewUser || undefined,
      tenantId: realm.tenant === '' ? undefined : realm.tenant,
      ...(await signIn(call, account, providerId)),
    };
  } catch (error) {
    // The app asked for the credential, to link it once its user has proved himself in another way.
    if (error instanceof IdentityError && body.flag('returnIdpCredential'))
      return { ...response, errorMessage: error.message };
    throw error;
  }
}

type Outcome =
  | { readonly account: Account; readonly isNewUser: boolean }
  | { readonly needConfirmation: true; readonly localId: string; readonly verifiedProvider: string[] };

async function resolve(
  { identity, realm, config }: ToolkitCall,
  providerId: string,
  user: IdpUser,
  current: Account | undefined,
): Promise<Outcome> {
  const { provider } = identity;
  const known = await provider.find(realm, { providerId, rawId: user.rawId });
  const info = infoOf(providerId, user);
  const update = async (account: Account, changes: AccountChanges): Promise<Outcome> => {
    check(!account.disabled, 'USER_DISABLED');
    const updated = await provider.update(realm, account.localId, { ...changes, linkProviders: [info] });
    return { account: updated, isNewUser: false };
  };
  const ofEmail =
    user.email !== undefined && !config.allowDuplicateEmails
      ? await provider.find(realm, { email: user.email })
      : undefined;
  if (current) {
    check(!known, 'FEDERATED_USER_ID_ALREADY_LINKED');
    check(!ofEmail || ofEmail.localId === current.localId, 'EMAIL_EXISTS');
    const takesEmail = current.email === undefined && !config.allowDuplicateEmails ? user.email : undefined;
    const isVerified = user.emailVerified && (takesEmail ?? current.email) === user.email;
    return update(current, {
      ...(takesEmail === undefined ? {} : { email: takesEmail, emailVerified: user.emailVerified }),
      ...(isVerified ? { emailVerified: true } : {}),
    });
  }
  if (known) return update(known, {});
  if (ofEmail) {
    if (!user.emailVerified) {
      const verifiedProvider = ofEmail.providers.map((info) => info.providerId);
      return { needConfirmation: true, localId: ofEmail.localId, verifiedProvider };
    }
    // The address was not proved so far: whoever set a password or linked something may not be its owner.
    const isTakenOver = !ofEmail.emailVerified;
    return update(ofEmail, {
      ...(isTakenOver
        ? {
            password: null,
            phoneNumber: null,
            validSince: nowInSeconds(),
            unlinkProviders: ofEmail.providers.map((info) => info.providerId),
          }
        : {}),
      displayName: user.displayName,
      photoUrl: user.photoUrl,
      emailVerified: true,
    });
  }
  const account = await provider.create(realm, randomId(), {
    createdAt: Date.now(),
    displayName: user.displayName,
    photoUrl: user.photoUrl,
    ...(user.email === undefined || config.allowDuplicateEmails
      ? {}
      : { email: user.email, emailVerified: user.emailVerified }),
    linkProviders: [info],
  });
  return { account, isNewUser: true };
}

function infoOf(providerId: string, user: IdpUser): ProviderInfo {
  const { rawId, email, displayName, photoUrl, screenName } = user;
  return { providerId, rawId, federatedId: rawId, email, displayName, photoUrl, screenName };
}

function responseOf(providerId: string, user: IdpUser, parameters: URLSearchParams): object {
  return {
    kind: 'identitytoolkit#VerifyAssertionResponse',
    context: '',
    providerId,
    federatedId: providerId === 'google.com' ? `https://accounts.google.com/${user.rawId}` : user.rawId,
    displayName: user.displayName,
    fullName: user.displayName,
    screenName: user.screenName,
    email: user.email,
    emailVerified: user.emailVerified,
    photoUrl: user.photoUrl,
    rawUserInfo: JSON.stringify({ ...user.claims, id: user.rawId }),
    oauthIdToken: parameters.get('id_token') ?? undefined,
    oauthAccessToken: parameters.get('access_token') ?? undefined,
  };
}

/** What the provider answered: the query and the fragment of the URI that it led back to, and the body. */
function parametersOf(requestUri: string | undefined, postBody: string | undefined): URLSearchParams {
  check(requestUri, 'MISSING_REQUEST_URI');
  check(URL.canParse(requestUri), 'INVALID_REQUEST_URI');
  const url = new URL(requestUri);
  const parameters = new URLSearchParams(url.searchParams);
  for (const more of [postBody ?? '', url.hash.slice(1)])
    for (const [name, value] of new URLSearchParams(more)) parameters.set(name, value);
  return parameters;
}
