import { notFound } from '@telestack/errors';
import { randomId } from '../accounts/ids.ts';
import type { IdpConfig, ProjectConfig } from '../accounts/projects.ts';
import { check } from '../errors.ts';
import type { Body } from './body.ts';
import type { ToolkitCall } from './call.ts';

/** /v1/projects: what the SDK asks before it opens a sign-in page. */
export async function getProjects({ identity, realm, config }: ToolkitCall): Promise<object> {
  return {
    projectId: await identity.projects.number(realm.project),
    authorizedDomains: config.authorizedDomains,
  };
}

export async function getRecaptchaParams(): Promise<object> {
  return { kind: 'identitytoolkit#GetRecaptchaParamResponse', recaptchaStoken: '', recaptchaSiteKey: '' };
}

/** No provider is protected by reCAPTCHA: the SDK goes on without it. */
export async function getRecaptchaConfig(): Promise<object> {
  return { recaptchaEnforcementState: [] };
}

export async function getPasswordPolicy(): Promise<object> {
  return {
    customStrengthOptions: { minPasswordLength: 6 },
    allowedNonAlphanumericCharacters: [],
    enforcementState: 'OFF',
    schemaVersion: 1,
  };
}

export async function getConfig({ realm, config }: ToolkitCall): Promise<object> {
  return configOf(realm.project, config);
}

export async function updateConfig({ identity, realm, body }: ToolkitCall): Promise<object> {
  return configOf(realm.project, await identity.projects.update(realm, changesOf(body)));
}

export async function getEmulatorConfig({ config }: ToolkitCall): Promise<object> {
  return emulatorConfigOf(config);
}

export async function updateEmulatorConfig({ identity, realm, body }: ToolkitCall): Promise<object> {
  return emulatorConfigOf(await identity.projects.update(realm, changesOf(body)));
}

function emulatorConfigOf(config: ProjectConfig): object {
  return {
    signIn: { allowDuplicateEmails: config.allowDuplicateEmails },
    emailPrivacyConfig: { enableImprovedEmailPrivacy: config.enableImprovedEmailPrivacy },
  };
}

function configOf(project: string, config: ProjectConfig): object {
  return {
    name: `projects/${project}/config`,
    signIn: {
      email: { enabled: config.allowPasswordSignup, passwordRequired: !config.enableEmailLinkSignin },
      anonymous: { enabled: config.enableAnonymousUser },
      allowDuplicateEmails: config.allowDuplicateEmails,
    },
    emailPrivacyConfig: { enableImprovedEmailPrivacy: config.enableImprovedEmailPrivacy },
    authorizedDomains: config.authorizedDomains,
  };
}

/** What the Config message in the body sets; what it leaves out stays. */
function changesOf(body: Body): Partial<ProjectConfig> {
  const signIn = body.object('signIn');
  const email = signIn?.object('email');
  const isPrivate = body.object('emailPrivacyConfig')?.flag('enableImprovedEmailPrivacy');
  const [allowsPassword, isPasswordRequired] = [email?.flag('enabled'), email?.flag('passwordRequired')];
  const [anonymous, duplicates] = [
    signIn?.object('anonymous')?.flag('enabled'),
    signIn?.flag('allowDuplicateEmails'),
  ];
  return {
    ...(allowsPassword === undefined ? {} : { allowPasswordSignup: allowsPassword }),
    ...(isPasswordRequired === undefined ? {} : { enableEmailLinkSignin: !isPasswordRequired }),
    ...(anonymous === undefined ? {} : { enableAnonymousUser: anonymous }),
    ...(duplicates === undefined ? {} : { allowDuplicateEmails: duplicates }),
    ...(isPrivate === undefined ? {} : { enableImprovedEmailPrivacy: isPrivate }),
    ...(body.has('authorizedDomains') ? { authorizedDomains: body.texts('authorizedDomains') } : {}),
  };
}

const TENANT_FLAGS = [
  'allowPasswordSignup',
  'enableEmailLinkSignin',
  'enableAnonymousUser',
  'disableAuth',
] as const;

/** tenants:create. A tenant's users are its own; its settings begin with the project's. */
export async function createTenant(call: ToolkitCall): Promise<object> {
  const { identity, realm, body } = call;
  const tenant = `${(body.text('displayName') ?? 'tenant').toLowerCase().replaceAll(/[^a-z0-9-]/g, '')}-${randomId(5).toLowerCase()}`;
  const flags = TENANT_FLAGS.flatMap((name) => (body.has(name) ? [[name, body.flag(name)]] : []));
  const config = await identity.projects.update(
    { ...realm, tenant },
    Object.fromEntries(flags) as Partial<ProjectConfig>,
  );
  return tenantOf(realm.project, tenant, config);
}

export async function getTenant({ realm, config }: ToolkitCall): Promise<object> {
  return tenantOf(realm.project, realm.tenant, config);
}

export async function updateTenant({ identity, realm, body }: ToolkitCall): Promise<object> {
  const flags = TENANT_FLAGS.flatMap((name) => (body.has(name) ? [[name, body.flag(name)]] : []));
  const config = await identity.projects.update(realm, Object.fromEntries(flags) as Partial<ProjectConfig>);
  return tenantOf(realm.project, realm.tenant, config);
}

function tenantOf(project: string, tenant: string, config: ProjectConfig): object {
  return {
    name: `projects/${project}/tenants/${tenant}`,
    ...Object.fromEntries(TENANT_FLAGS.map((name) => [name, config[name]])),
  };
}

const PROVIDER_ID = /^(oidc\.[a-z0-9._-]+|[a-z0-9-]+\.[a-z0-9.-]+)$/;

/** oauthIdpConfigs: providers of OpenID Connect. */
export async function listIdps({ identity, realm }: ToolkitCall): Promise<object> {
  const idps = await identity.projects.idps(realm);
  return { oauthIdpConfigs: idps.map((idp) => idpOf(realm.project, idp)) };
}

export async function putIdp(
  { identity, realm, body, query }: ToolkitCall,
  givenId?: string,
): Promise<object> {
  const id = givenId ?? query.get('oauthIdpConfigId') ?? query.get('idpId') ?? '';
  check(PROVIDER_ID.test(id), 'INVALID_OAUTH_PROVIDER_ID');
  const before = await identity.projects.idp(realm, id);
  const [issuer, clientId] = [
    body.text('issuer') ?? before?.issuer,
    body.text('clientId') ?? before?.clientId,
  ];
  check(clientId, 'MISSING_OAUTH_CLIENT_ID');
  check(issuer || id === 'google.com' || id === 'apple.com', 'MISSING_ISSUER');
  if (issuer) check(isFetched(identity.profile, issuer), 'INVALID_ISSUER');
  const jwksUri = body.text('jwksUri') ?? before?.jwksUri;
  if (jwksUri) check(isFetched(identity.profile, jwksUri), 'INVALID_JWKS_URI');
  const idp: IdpConfig = {
    providerId: id,
    issuer: issuer ?? '',
    clientId,
    clientSecret: body.text('clientSecret') ?? before?.clientSecret,
    jwksUri,
    enabled: body.flag('enabled') ?? before?.enabled ?? false,
    displayName: body.text('displayName') ?? before?.displayName,
  };
  await identity.projects.setIdp(realm, idp);
  return idpOf(realm.project, idp);
}

/** What this service will fetch on behalf of a project's administrator: in production nothing that answers plain HTTP, such as its neighbours. */
function isFetched(profile: 'dev' | 'production', url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol } = new URL(url);
  return protocol === 'https:' || (profile === 'dev' && protocol === 'http:');
}

export async function getIdp({ identity, realm }: ToolkitCall, id: string): Promise<object> {
  const idp = await identity.projects.idp(realm, id);
  if (idp === undefined) throw notFound('CONFIGURATION_NOT_FOUND');
  return idpOf(realm.project, idp);
}

export async function deleteIdp({ identity, realm }: ToolkitCall, id: string): Promise<object> {
  if (!(await identity.projects.deleteIdp(realm, id))) throw notFound('CONFIGURATION_NOT_FOUND');
  return {};
}

/** Without its secret. */
function idpOf(project: string, { providerId, clientSecret: _, ...rest }: IdpConfig): object {
  return { name: `projects/${project}/oauthIdpConfigs/${providerId}`, ...rest };
}
