import { permissionDenied, type StatusError, toStatusError, unauthenticated } from '@telestack/errors';
import {
  type Access,
  type HttpCall,
  type HttpMethod,
  httpStatus,
  type Reply,
  type Route,
  readBody,
  statusName,
} from '@telestack/http';
import { actorOf, isOfProject } from '@telestack/rpc';
import type { IdentityContext } from '../context.ts';
import { IdentityError } from '../errors.ts';
import { Body } from './body.ts';
import type { ToolkitCall, ToolkitMethod } from './call.ts';

export interface ToolkitRoute {
  readonly method: HttpMethod;
  readonly path: string;
  readonly access: Access;
  /** Of the audit log; for what changes something. */
  readonly action?: string;
  readonly serve: (call: ToolkitCall, params: Readonly<Record<string, string>>) => Promise<object>;
}

/** An import of 1,000 users with claims. */
const ADMIN_BODY_LIMIT = 8 * 1024 * 1024;
/** Of anyone: tokens, a profile. */
const PUBLIC_BODY_LIMIT = 256 * 1024;

/** A method of the Identity Toolkit as a route: reads the body, finds the project, answers errors in the API's own shape. */
export function toolkitRoute(identity: IdentityContext, route: ToolkitRoute): Route {
  const { method, path, access, action, serve } = route;
  return {
    method,
    path,
    access,
    async handle(http) {
      try {
        const call = await toolkitCall(identity, http);
        const body = await serve(call, http.params);
        if (action !== undefined && call.isPrivileged) await audit(call, http, action, body);
        return { body, headers: { 'cache-control': 'no-store' } };
      } catch (thrown) {
        const error = toStatusError(thrown);
        // Unforeseen ones are for the service's own handling, which logs them.
        if (!(error instanceof IdentityError) && httpStatus(error.code) >= 500) throw error;
        return refusal(error);
      }
    },
  };
}

export function method(name: ToolkitMethod): ToolkitRoute['serve'] {
  return (call) => name(call);
}

async function toolkitCall(identity: IdentityContext, http: HttpCall): Promise<ToolkitCall> {
  const { url, params, context } = http;
  const body = new Body(await readFields(http));
  const { principal } = context;
  const isPrivileged = principal.kind === 'admin';
  const project = await projectOf(identity, http, body, isPrivileged);
  if (isPrivileged && !isOfProject(principal, project))
    throw permissionDenied('INSUFFICIENT_PERMISSION : The credential is for another project.');
  const tenant = params.tenant ?? body.text('tenantId') ?? url.searchParams.get('tenantId') ?? '';
  const realm = { project, tenant };
  const config = await identity.projects.config(realm);
  if (config.disableAuth) throw new IdentityError('PROJECT_DISABLED');
  const baseUrl = baseUrlOf(identity, http);
  return { identity, realm, config, body, query: url.searchParams, isPrivileged, baseUrl };
}

/** Where links lead. In production not to what a request says of its host: whoever asks for somebody's mail would get the code in it. */
export function baseUrlOf(
  { publicUrl, profile }: IdentityContext,
  { request }: HttpCall,
): string | undefined {
  if (publicUrl !== undefined || profile === 'production') return publicUrl;
  return `http://${request.headers.host ?? 'localhost'}`;
}

/** JSON, or the form that some SDKs send to the token endpoint. */
async function readFields({ request, context }: HttpCall): Promise<unknown> {
  if (request.method === 'GET') return {};
  const isAdmin = context.principal.kind === 'admin';
  const bytes = await readBody(request, isAdmin ? ADMIN_BODY_LIMIT : PUBLIC_BODY_LIMIT);
  if (bytes.length === 0) return {};
  const text = bytes.toString();
  if (/^application\/x-www-form-urlencoded/i.test(request.headers['content-type'] ?? ''))
    return Object.fromEntries(new URLSearchParams(text));
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new IdentityError('Invalid JSON payload received.', { cause });
  }
}

/** The project in the path, or the one that the API key names, or the dev profile's default. */
async function projectOf(
  identity: IdentityContext,
  { url, params, request }: HttpCall,
  body: Body,
  isPrivileged: boolean,
): Promise<string> {
  const named = params.project ?? (isPrivileged ? body.text('targetProjectId') : undefined);
  if (named) return named;
  const header = request.headers['x-goog-api-key'];
  const key = url.searchParams.get('key') ?? (typeof header === 'string' ? header : undefined);
  const project = key ? await identity.apiKeys.projectOfWebKey(key) : undefined;
  if (project !== undefined) return project;
  if (identity.profile === 'dev' && (key || isPrivileged)) return identity.defaultProject;
  if (!key) throw permissionDenied('The request is missing a valid API key.');
  throw new IdentityError('API key not valid. Please pass a valid API key.');
}

async function audit(
  call: ToolkitCall,
  { context }: HttpCall,
  action: string,
  result: object,
): Promise<void> {
  const { localId } = result as { localId?: unknown };
  const target = call.body.text('localId') ?? (typeof localId === 'string' ? localId : '');
  const tenant = call.realm.tenant === '' ? {} : { tenant: call.realm.tenant };
  await call.identity.audit.record({
    project: call.realm.project,
    actor: actorOf(context.principal),
    action,
    target,
    details: { ...tenant, fields: call.body.names() },
  });
}

function refusal(error: StatusError): Reply {
  const status = error instanceof IdentityError ? 400 : httpStatus(error.code);
  const { message } = error;
  const isUnauthenticated = error.code === unauthenticated('').code;
  const reason = isUnauthenticated ? 'authError' : status === 403 ? 'forbidden' : 'invalid';
  return {
    status,
    body: {
      error: {
        code: status,
        message,
        errors: [{ message, domain: 'global', reason }],
        ...(error instanceof IdentityError ? {} : { status: statusName(error.code) }),
      },
    },
  };
}
