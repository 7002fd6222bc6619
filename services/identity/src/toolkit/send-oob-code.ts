import { check } from '../errors.ts';
import type { OobMail, OobRequest, OobType } from '../oob/oob-codes.ts';
import type { ToolkitCall } from './call.ts';
import { emailOf, isAbsoluteUrl } from './limits.ts';
import { userOfToken } from './sign-in.ts';

/** The `mode` parameter of the link, by which the page behind it knows what to do. */
const MODES: Readonly<Record<OobType, string>> = {
  PASSWORD_RESET: 'resetPassword',
  VERIFY_EMAIL: 'verifyEmail',
  EMAIL_SIGNIN: 'signIn',
  VERIFY_AND_CHANGE_EMAIL: 'verifyAndChangeEmail',
  RECOVER_EMAIL: 'recoverEmail',
};
const KIND = 'identitytoolkit#GetOobConfirmationCodeResponse';

/** accounts:sendOobCode: mails a code; an administrator may ask for the link instead. */
export async function sendOobCode(call: ToolkitCall): Promise<object> {
  const { body, isPrivileged } = call;
  const type = body.text('requestType');
  check(type && type !== 'OOB_REQ_TYPE_UNSPECIFIED', 'MISSING_REQ_TYPE');
  const wantsLink = body.flag('returnOobLink') ?? false;
  if (wantsLink) check(isPrivileged, 'INSUFFICIENT_PERMISSION');
  const continueUrl = body.text('continueUrl');
  if (continueUrl)
    check(
      isAbsoluteUrl(continueUrl),
      'INVALID_CONTINUE_URI : ((expected an absolute URI with valid scheme and host))',
    );
  if (continueUrl) checkContinueUrl(call, continueUrl);
  const request = await requestOf(call, type, wantsLink);
  if (request.isUnknown) return { kind: KIND, email: request.email };
  const mail = await create(call, request, continueUrl);
  if (wantsLink) return { kind: KIND, email: mail.email, oobCode: mail.oobCode, oobLink: mail.oobLink };
  await deliver(call, mail);
  return { kind: KIND, email: mail.email };
}

/** The page that gets the code of a followed link must be the project's own. The dev profile has pages anywhere. */
function checkContinueUrl({ identity, config }: ToolkitCall, url: string): void {
  if (identity.profile === 'dev') return;
  const { hostname, protocol } = new URL(url);
  const isWeb = protocol === 'http:' || protocol === 'https:';
  check(
    isWeb && config.authorizedDomains.includes(hostname),
    'UNAUTHORIZED_DOMAIN : Domain not allowlisted by project',
  );
}

/** Tells the old address of a change, with a code that takes it back. */
export async function sendRecoverEmail(call: ToolkitCall, localId: string, email: string): Promise<void> {
  const mail = await create(call, { requestType: 'RECOVER_EMAIL', email, localId }, undefined);
  await deliver(call, mail);
}

async function requestOf(
  call: ToolkitCall,
  type: string,
  wantsLink: boolean,
): Promise<OobRequest & { readonly isUnknown?: boolean }> {
  const { identity, realm, body, config } = call;
  const given = body.text('email');
  const find = (email: string) => identity.provider.find(realm, { email });
  /** The address to prove: an administrator names it, anyone else has it. */
  const ownEmail = async (): Promise<string> => {
    if (wantsLink && !body.has('idToken')) {
      check(given, 'MISSING_EMAIL');
      const email = emailOf(given);
      check(await find(email), 'USER_NOT_FOUND');
      return email;
    }
    const { account } = await userOfToken(call, body.text('idToken') ?? '');
    check(account.email !== undefined, 'MISSING_EMAIL');
    return account.email;
  };
  switch (type) {
    case 'EMAIL_SIGNIN':
      check(config.enableEmailLinkSignin, 'OPERATION_NOT_ALLOWED');
      check(given, 'MISSING_EMAIL');
      return { requestType: type, email: emailOf(given) };
    case 'PASSWORD_RESET': {
      check(given, 'MISSING_EMAIL');
      const email = emailOf(given);
      const isKnown = (await find(email)) !== undefined;
      check(isKnown || config.enableImprovedEmailPrivacy, 'EMAIL_NOT_FOUND');
      return { requestType: type, email, isUnknown: !isKnown };
    }
    case 'VERIFY_EMAIL':
      return { requestType: type, email: await ownEmail() };
    case 'VERIFY_AND_CHANGE_EMAIL': {
      const newEmail = body.text('newEmail');
      check(newEmail, 'MISSING_NEW_EMAIL');
      const request = { requestType: type, email: await ownEmail(), newEmail: emailOf(newEmail) } as const;
      check(!(await find(request.newEmail)), 'EMAIL_EXISTS');
      return request;
    }
    default:
      check(false, 'INVALID_REQ_TYPE');
  }
}

function create(
  { identity, realm, query, baseUrl }: ToolkitCall,
  request: OobRequest,
  continueUrl: string | undefined,
): Promise<OobMail> {
  const { requestType, email, newEmail, localId } = request;
  check(baseUrl, 'OPERATION_NOT_ALLOWED : PUBLIC_URL is not set: links would lead nowhere.');
  return identity.oob.create(realm, { requestType, email, newEmail, localId }, (oobCode) => {
    const url = new URL('/emulator/action', baseUrl);
    url.searchParams.set('mode', MODES[requestType]);
    url.searchParams.set('lang', 'en');
    url.searchParams.set('oobCode', oobCode);
    url.searchParams.set('apiKey', query.get('key') ?? 'fake-api-key');
    if (continueUrl) url.searchParams.set('continueUrl', continueUrl);
    if (realm.tenant !== '') url.searchParams.set('tenantId', realm.tenant);
    return url.toString();
  });
}

async function deliver({ identity, realm }: ToolkitCall, mail: OobMail): Promise<void> {
  if (identity.mail) await identity.mail(realm, mail);
  else if (identity.profile === 'dev')
    identity.log(`Mail to ${mail.email} (${mail.requestType}): ${mail.oobLink}`);
  else check(false, 'OPERATION_NOT_ALLOWED : No mail hook is configured.');
}
