import { createPublicKey, type JsonWebKey } from 'node:crypto';
import type { AuditAct } from '@telestack/audit';
import { invalidArgument, permissionDenied } from '@telestack/errors';
import {
  type Access,
  type HttpCall,
  type HttpMethod,
  type Reply,
  type Route,
  readJson,
} from '@telestack/http';
import { actorOf, isOfProject, type Scope } from '@telestack/rpc';
import type { JSONWebKeySet } from 'jose';
import { claimsOf } from '../accounts/account.ts';
import type { IdentityContext } from '../context.ts';
import { exchangeAssertion } from './token-endpoint.ts';

const BASE = '/v1/projects/{project}';
const MAX_NAME = 200;
const MAX_SCOPES = 100;
const MAX_GRACE_MS = 30 * 24 * 3_600_000;

interface AdminCall {
  readonly project: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  /** This service's token endpoint as its callers reach it. */
  readonly tokenUri: string;
}
interface Outcome {
  readonly body: object;
  /** Of the audit log, for what has changed something. */
  readonly audit?: Omit<AuditAct, 'project' | 'actor'>;
}

/** API keys, service accounts, roles, signing keys and the audit log, for administrators; and the public keys, for everyone. */
export function adminRoutes(identity: IdentityContext): Route[] {
  const route = (
    method: HttpMethod,
    path: string,
    serve: (call: AdminCall) => Promise<Outcome>,
    access: Access = 'admin',
  ): Route => ({
    method,
    path: `${BASE}${path}`,
    access,
    handle: (http) => administer(identity, http, serve),
  });
  return [
    ...apiKeyRoutes(identity, route),
    ...serviceAccountRoutes(identity, route),
    route('PUT', '/accounts/{uid}/roles', async ({ project, params, body, query }) => {
      const roles = textList(body.roles, 'roles');
      const realm = { project, tenant: query.get('tenantId') ?? '' };
      const account = await identity.provider.update(realm, params.uid!, { roles });
      return {
        body: { localId: account.localId, roles: account.roles, claims: claimsOf(account) },
        audit: { action: 'accounts.setRoles', target: account.localId, details: { roles } },
      };
    }),
    route('GET', '/auditLog', async ({ project, query }) => {
      return { body: { entries: await identity.audit.list(project, query.get('before') ?? '') } };
    }),
    {
      method: 'POST',
      path: '/v1/signingKeys:rotate',
      access: 'admin',
      async handle({ context }) {
        if (!isOfProject(context.principal, '*'))
          throw permissionDenied('All projects share the signing keys.');
        await identity.keys.rotate();
        await identity.audit.record({
          project: '*',
          actor: actorOf(context.principal),
          action: 'signingKeys.rotate',
          target: '',
          details: {},
        });
        return { body: {} };
      },
    },
    {
      method: 'GET',
      path: '/.well-known/jwks.json',
      access: 'public',
      handle: async () => ({
        headers: { 'cache-control': 'public, max-age=300' },
        body: await identity.keys.jwks(),
      }),
    },
    // Where firebase-admin looks for the keys of ID tokens and of session cookies.
    ...['/robot/v1/metadata/x509/{issuer}', '/identitytoolkit/v3/relyingparty/publicKeys'].map(
      (path): Route => ({
        method: 'GET',
        path: `/www.googleapis.com${path}`,
        access: 'public',
        handle: async () => ({
          headers: { 'cache-control': 'public, max-age=300' },
          body: pemsOf(await identity.keys.jwks()),
        }),
      }),
    ),
    // The second is where Google's libraries go, whatever `token_uri` says.
    ...['/token', '/oauth2.googleapis.com/token'].map(
      (path): Route => ({
        method: 'POST',
        path,
        access: 'public',
        handle: (http) => exchangeAssertion(identity, http, tokenUriOf(identity, http)),
      }),
    ),
  ];
}

type MakeRoute = (method: HttpMethod, path: string, serve: (call: AdminCall) => Promise<Outcome>) => Route;

function apiKeyRoutes({ apiKeys }: IdentityContext, route: MakeRoute): Route[] {
  return [
    route('POST', '/apiKeys', async ({ project, body }) => {
      const kind = body.kind === 'web' ? 'web' : 'secret';
      const scopes = kind === 'web' ? [] : scopesOf(body.scopes);
      const expiresAt = timeOf(body.expireTime);
      const { key, apiKey } = await apiKeys.create(project, {
        kind,
        displayName: nameOf(body),
        scopes,
        expiresAt,
      });
      return {
        body: { key, ...apiKey },
        audit: { action: 'apiKeys.create', target: apiKey.keyId, details: { scopes } },
      };
    }),
    route('GET', '/apiKeys', async ({ project }) => ({ body: { apiKeys: await apiKeys.list(project) } })),
    route('GET', '/apiKeys/{keyId}', async ({ project, params }) => ({
      body: await apiKeys.get(project, params.keyId!),
    })),
    route('POST', '/apiKeys/{keyId}:rotate', async ({ project, params, body }) => {
      const graceMs = Math.min(Math.max(Number(body.graceSeconds ?? 0) * 1000 || 0, 0), MAX_GRACE_MS);
      const { key, apiKey } = await apiKeys.rotate(project, params.keyId!, graceMs);
      const details = { newKeyId: apiKey.keyId, graceMs };
      return {
        body: { key, ...apiKey },
        audit: { action: 'apiKeys.rotate', target: params.keyId!, details },
      };
    }),
    route('DELETE', '/apiKeys/{keyId}', async ({ project, params }) => {
      await apiKeys.revoke(project, params.keyId!);
      return { body: {}, audit: { action: 'apiKeys.revoke', target: params.keyId! } };
    }),
  ];
}

function serviceAccountRoutes({ serviceAccounts }: IdentityContext, route: MakeRoute): Route[] {
  const one = '/serviceAccounts/{email}';
  return [
    route('POST', '/serviceAccounts', async ({ project, body }) => {
      const accountId = typeof body.accountId === 'string' ? body.accountId : '';
      const account = await serviceAccounts.create(project, accountId, nameOf(body));
      return { body: account, audit: { action: 'serviceAccounts.create', target: account.email } };
    }),
    route('GET', '/serviceAccounts', async ({ project }) => ({
      body: { accounts: await serviceAccounts.list(project) },
    })),
    route('POST', `${one}:disable`, async ({ project, params }) => {
      await serviceAccounts.setDisabled(project, params.email!, true);
      return { body: {}, audit: { action: 'serviceAccounts.disable', target: params.email! } };
    }),
    route('POST', `${one}:enable`, async ({ project, params }) => {
      await serviceAccounts.setDisabled(project, params.email!, false);
      return { body: {}, audit: { action: 'serviceAccounts.enable', target: params.email! } };
    }),
    route('DELETE', one, async ({ project, params }) => {
      await serviceAccounts.delete(project, params.email!);
      return { body: {}, audit: { action: 'serviceAccounts.delete', target: params.email! } };
    }),
    route('POST', `${one}/keys`, async ({ project, params, tokenUri }) => {
      const file = await serviceAccounts.createKey(project, params.email!, tokenUri);
      const details = { kid: file.private_key_id };
      return { body: file, audit: { action: 'serviceAccounts.createKey', target: params.email!, details } };
    }),
    route('DELETE', `${one}/keys/{kid}`, async ({ project, params }) => {
      await serviceAccounts.deleteKey(project, params.email!, params.kid!);
      const details = { kid: params.kid };
      return { body: {}, audit: { action: 'serviceAccounts.deleteKey', target: params.email!, details } };
    }),
  ];
}

async function administer(
  identity: IdentityContext,
  http: HttpCall,
  serve: (call: AdminCall) => Promise<Outcome>,
): Promise<Reply> {
  const { params, url, request, context } = http;
  const project = params.project!;
  if (!isOfProject(context.principal, project))
    throw permissionDenied('The credential is for another project.');
  const body = request.method === 'GET' ? {} : await readJson(request);
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw invalidArgument('The body must be a JSON object.');
  const call = { project, params, query: url.searchParams, tokenUri: tokenUriOf(identity, http) };
  const outcome = await serve({ ...call, body: body as Record<string, unknown> });
  if (outcome.audit) {
    await identity.audit.record({ project, actor: actorOf(context.principal), ...outcome.audit });
  }
  return { body: outcome.body, headers: { 'cache-control': 'no-store' } };
}

/** Keys by their ids, in the text form in which Google serves certificates. */
function pemsOf({ keys }: JSONWebKeySet): Record<string, string> {
  return Object.fromEntries(
    keys.map((jwk) => [
      jwk.kid ?? '',
      createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' }).export({ type: 'spki', format: 'pem' }),
    ]),
  ) as Record<string, string>;
}

function tokenUriOf({ publicUrl }: IdentityContext, { request }: HttpCall): string {
  return `${publicUrl ?? `http://${request.headers.host ?? 'localhost'}`}/token`;
}

function nameOf({ displayName = '' }: AdminCall['body']): string {
  if (typeof displayName !== 'string' || displayName.length > MAX_NAME)
    throw invalidArgument(`displayName is text of at most ${MAX_NAME} characters.`);
  return displayName;
}

function scopesOf(value: unknown): Scope[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_SCOPES)
    throw invalidArgument(
      'scopes is a list of {database, collections, access}; a key without one may do nothing.',
    );
  return value.map((item: unknown) => {
    const { database, collections, access } = (item ?? {}) as Record<string, unknown>;
    if (typeof database !== 'string' || database === '')
      throw invalidArgument('A scope names a database, or "*".');
    if (access !== 'read' && access !== 'write')
      throw invalidArgument('A scope’s access is "read" or "write".');
    const list = textList(collections, 'collections');
    if (list.length === 0) throw invalidArgument('A scope names collections, or "*".');
    return { database, collections: list, access };
  });
}

function textList(value: unknown, name: string): string[] {
  const isList = Array.isArray(value) && value.length <= MAX_SCOPES;
  if (!isList || !value.every((item) => typeof item === 'string' && item !== '' && item.length <= MAX_NAME))
    throw invalidArgument(`${name} is a list of at most ${MAX_SCOPES} texts.`);
  return value as string[];
}

function timeOf(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(time) || time <= Date.now())
    throw invalidArgument('expireTime is a time in the future (RFC 3339).');
  return time;
}
