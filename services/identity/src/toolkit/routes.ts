import type { Route } from '@telestack/http';
import type { IdentityContext } from '../context.ts';
import { followLink } from './action.ts';
import { batchCreate, batchDelete, batchGet, queryAccounts } from './batch.ts';
import type { ToolkitMethod } from './call.ts';
import * as config from './config.ts';
import { createAuthUri } from './create-auth-uri.ts';
import { deleteAccount } from './delete-account.ts';
import { grantToken } from './grant-token.ts';
import { lookup } from './lookup.ts';
import { resetPassword } from './reset-password.ts';
import { method, type ToolkitRoute, toolkitRoute } from './route.ts';
import { sendOobCode } from './send-oob-code.ts';
import { createSessionCookie } from './session-cookie.ts';
import { signInWithCustomToken } from './sign-in-with-custom-token.ts';
import { signInWithEmailLink } from './sign-in-with-email-link.ts';
import { signInWithIdp } from './sign-in-with-idp.ts';
import { signInWithPassword } from './sign-in-with-password.ts';
import { signUp } from './sign-up.ts';
import { update } from './update.ts';

const V1 = '/identitytoolkit.googleapis.com/v1';
const V2 = '/identitytoolkit.googleapis.com/v2';

/** What a web key opens: each decides by the ID token, password or code in its body. */
const CLIENT_METHODS: Readonly<Record<string, ToolkitMethod>> = {
  signUp,
  signInWithPassword,
  signInWithCustomToken,
  signInWithEmailLink,
  signInWithIdp,
  lookup,
  update,
  delete: deleteAccount,
  sendOobCode,
  resetPassword,
  createAuthUri,
};

/** What administrators do to a project's or a tenant's users, below ".../accounts". */
const ADMIN_METHODS: Readonly<Record<string, ToolkitMethod>> = {
  ':lookup': lookup,
  ':query': queryAccounts,
};
const ADMIN_CHANGES: Readonly<Record<string, ToolkitMethod>> = {
  '': signUp,
  ':update': update,
  ':delete': deleteAccount,
  ':batchCreate': batchCreate,
  ':batchDelete': batchDelete,
  ':sendOobCode': sendOobCode,
};

/** The Identity Toolkit and the Secure Token Service at the emulator's paths, which SDKs reach by `connectAuthEmulator`. */
export function toolkitRoutes(identity: IdentityContext): Route[] {
  const routes: ToolkitRoute[] = [
    ...Object.entries(CLIENT_METHODS).map(
      ([name, serve]): ToolkitRoute => ({
        method: 'POST',
        path: `${V1}/accounts:${name}`,
        access: 'public',
        action: `accounts.${name}`,
        serve: method(serve),
      }),
    ),
    {
      method: 'POST',
      path: '/securetoken.googleapis.com/v1/token',
      access: 'public',
      serve: method(grantToken),
    },
    ...publicSettings(),
    ...[`${V1}/projects/{project}`, `${V1}/projects/{project}/tenants/{tenant}`].flatMap(adminRoutes),
    ...[`${V2}/projects/{project}`, `${V2}/projects/{project}/tenants/{tenant}`].flatMap(idpRoutes),
    ...configRoutes(),
    ...emulatorRoutes(),
  ];
  return [...routes.map((route) => toolkitRoute(identity, route)), followLink(identity)];
}

function publicSettings(): ToolkitRoute[] {
  const get = (path: string, serve: ToolkitMethod): ToolkitRoute => ({
    method: 'GET',
    path,
    access: 'public',
    serve: method(serve),
  });
  return [
    get(`${V1}/projects`, config.getProjects),
    get(`${V1}/recaptchaParams`, config.getRecaptchaParams),
    get(`${V2}/recaptchaConfig`, config.getRecaptchaConfig),
    get(`${V2}/passwordPolicy`, config.getPasswordPolicy),
  ];
}

function adminRoutes(base: string): ToolkitRoute[] {
  const post = (path: string, serve: ToolkitMethod, action?: string): ToolkitRoute => ({
    method: 'POST',
    path: `${base}${path}`,
    access: 'admin',
    serve: method(serve),
    action,
  });
  return [
    ...Object.entries(ADMIN_METHODS).map(([name, serve]) => post(`/accounts${name}`, serve)),
    ...Object.entries(ADMIN_CHANGES).map(([name, serve]) =>
      post(`/accounts${name}`, serve, `accounts.${name.slice(1) || 'create'}`),
    ),
    post(':createSessionCookie', createSessionCookie),
    { method: 'GET', path: `${base}/accounts:batchGet`, access: 'admin', serve: method(batchGet) },
  ];
}

function idpRoutes(base: string): ToolkitRoute[] {
  const path = `${base}/oauthIdpConfigs`;
  const one = `${path}/{id}`;
  return [
    { method: 'GET', path, access: 'admin', serve: method(config.listIdps) },
    { method: 'POST', path, access: 'admin', action: 'idps.create', serve: (call) => config.putIdp(call) },
    { method: 'GET', path: one, access: 'admin', serve: (call, { id }) => config.getIdp(call, id!) },
    {
      method: 'PATCH',
      path: one,
      access: 'admin',
      action: 'idps.update',
      serve: (call, { id }) => config.putIdp(call, id),
    },
    {
      method: 'DELETE',
      path: one,
      access: 'admin',
      action: 'idps.delete',
      serve: (call, { id }) => config.deleteIdp(call, id!),
    },
  ];
}

function configRoutes(): ToolkitRoute[] {
  const tenants = `${V2}/projects/{project}/tenants`;
  const admin = (
    verb: ToolkitRoute['method'],
    path: string,
    serve: ToolkitMethod,
    action?: string,
  ): ToolkitRoute => ({
    method: verb,
    path,
    access: 'admin',
    serve: method(serve),
    action,
  });
  return [
    admin('GET', `${V2}/projects/{project}/config`, config.getConfig),
    admin('PATCH', `${V2}/projects/{project}/config`, config.updateConfig, 'config.update'),
    admin('POST', tenants, config.createTenant, 'tenants.create'),
    admin('GET', `${tenants}/{tenant}`, config.getTenant),
    admin('PATCH', `${tenants}/{tenant}`, config.updateTenant, 'tenants.update'),
  ];
}

function emulatorRoutes(): ToolkitRoute[] {
  const base = '/emulator/v1/projects/{project}';
  const emulator = (verb: ToolkitRoute['method'], path: string, serve: ToolkitMethod): ToolkitRoute => ({
    method: verb,
    path: `${base}${path}`,
    access: 'emulator',
    serve: method(serve),
  });
  const clear: ToolkitMethod = async ({ identity, realm }) => {
    await identity.provider.deleteAll(realm);
    return {};
  };
  return [
    emulator('DELETE', '/accounts', clear),
    emulator('DELETE', '/tenants/{tenant}/accounts', clear),
    emulator('GET', '/oobCodes', async ({ identity, realm }) => ({
      oobCodes: await identity.oob.list(realm.project),
    })),
    emulator('GET', '/verificationCodes', async () => ({ verificationCodes: [] })),
    emulator('GET', '/config', config.getEmulatorConfig),
    emulator('PATCH', '/config', config.updateEmulatorConfig),
  ];
}
