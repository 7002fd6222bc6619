import type { Route } from '@telestack/http';
import { firestoreOpenApi } from '@telestack/protos/descriptors.ts';

/** The description of the REST routes, for tools that make clients and pages of it. */
export function openApiRoute(): Route {
  const body = firestoreOpenApi();
  const headers = { 'content-type': 'application/json; charset=utf-8' };
  return { method: 'GET', path: '/openapi.json', access: 'public', handle: () => ({ headers, body }) };
}
