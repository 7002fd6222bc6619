import { invalidCredentials } from './jwt.ts';

/** What a request brought along to say who calls. */
export type Credential =
  | { readonly kind: 'none' }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'apiKey'; readonly key: string };

const SCHEME = /^(Bearer|Firebase) +([^\s]+)$/i;
/** Of our secret keys. What a web app is configured with as `apiKey` is public and names a project, no more. */
const API_KEY = /^tsk_/;

/**
 * Reads the `authorization` header ("Bearer <token or key>", and "Firebase <token>" as the storage SDK has it) and the API key header.
 * @throws StatusError UNAUTHENTICATED for a scheme that is not known
 */
export function readCredential(authorization: string | undefined, apiKey?: string): Credential {
  if (authorization === undefined || authorization === '') {
    return apiKey !== undefined && API_KEY.test(apiKey) ? { kind: 'apiKey', key: apiKey } : { kind: 'none' };
  }
  const token = SCHEME.exec(authorization)?.[2];
  if (token === undefined) throw invalidCredentials(new Error('The scheme is not known.'));
  return API_KEY.test(token) ? { kind: 'apiKey', key: token } : { kind: 'token', token };
}
