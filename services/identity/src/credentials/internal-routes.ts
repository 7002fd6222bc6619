import { notFound, permissionDenied } from '@telestack/errors';
import type { Route } from '@telestack/http';
import { isOfProject } from '@telestack/rpc';
import { CREDENTIALS_PATH, type CredentialSource } from '@telestack/tokens';

const MAX_WAIT_MS = 20_000;

/** The credential source for other processes; only on the port that the public cannot reach. */
export function credentialRoutes(source: CredentialSource): Route[] {
  return routesOf(source).map((route) => ({
    ...route,
    handle(call) {
      // They tell of all projects: an administrator of one has no business here.
      if (!isOfProject(call.context.principal, '*')) throw permissionDenied('Only services may ask.');
      return route.handle(call);
    },
  }));
}

function routesOf(source: CredentialSource): Route[] {
  const found = <T extends object>(value: T | undefined): { body: T } => {
    if (value === undefined) throw notFound('Not found.');
    return { body: value };
  };
  return [
    {
      method: 'GET',
      path: `${CREDENTIALS_PATH}/keys`,
      access: 'admin',
      handle: async ({ context }) => ({ body: await source.keys(context.signal) }),
    },
    {
      method: 'GET',
      path: `${CREDENTIALS_PATH}/apiKeys/{prefix}`,
      access: 'admin',
      handle: async ({ params, context }) => found(await source.apiKey(params.prefix!, context.signal)),
    },
    {
      method: 'GET',
      path: `${CREDENTIALS_PATH}/serviceAccounts/{email}/keys/{kid}`,
      access: 'admin',
      handle: async ({ params, context }) =>
        found(await source.serviceAccountKey(params.email!, params.kid!, context.signal)),
    },
    {
      method: 'GET',
      path: `${CREDENTIALS_PATH}/changes`,
      access: 'admin',
      handle: async ({ url, context }) => {
        const waitMs = Math.min(Number(url.searchParams.get('waitMs')) || 0, MAX_WAIT_MS);
        return {
          body: await source.changes(url.searchParams.get('after') ?? undefined, waitMs, context.signal),
        };
      },
    },
  ];
}
