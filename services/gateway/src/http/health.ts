import type { Route } from '@telestack/http';

/** What load balancers and people look at first. */
export const HEALTH: Route = {
  method: 'GET',
  path: '/',
  access: 'public',
  handle: () => ({ body: 'Ok\n' }),
};
