import { StatusError, unavailable } from '@telestack/errors';
import type { ChangesPage, CredentialSource, VerificationKeys } from './source.ts';

/** Paths of the identity service's internal side; the gateway lets none of them in from outside. */
export const CREDENTIALS_PATH = '/internal/identity/v1';

/** The credentials of an identity service in another process, at "host:port" of its internal HTTP side. */
export function httpCredentialSource(address: string): CredentialSource {
  const get = async <T>(path: string, signal: AbortSignal): Promise<T | undefined> => {
    let response: Response;
    try {
      response = await fetch(`http://${address}${CREDENTIALS_PATH}/${path}`, {
        signal,
        headers: { 'x-telestack-principal': SYSTEM },
      });
    } catch (cause) {
      throw unavailable('The identity service cannot be reached.', { cause });
    }
    if (response.status === 404) {
      await response.body?.cancel();
      return undefined;
    }
    if (!response.ok) {
      await response.body?.cancel();
      throw unavailable(`The identity service answers ${response.status}.`);
    }
    return (await response.json()) as T;
  };
  const must = async <T>(path: string, signal: AbortSignal): Promise<T> => {
    const found = await get<T>(path, signal);
    if (found === undefined) throw new StatusError(14, 'The identity service is of another version.');
    return found;
  };
  const encode = encodeURIComponent;
  return {
    keys: (signal) => must<VerificationKeys>('keys', signal),
    apiKey: (prefix, signal) => get(`apiKeys/${encode(prefix)}`, signal),
    serviceAccountKey: (email, kid, signal) =>
      get(`serviceAccounts/${encode(email)}/keys/${encode(kid)}`, signal),
    changes: (after, waitMs, signal) =>
      must<ChangesPage>(
        `changes?waitMs=${waitMs}${after === undefined ? '' : `&after=${encode(after)}`}`,
        signal,
      ),
  };
}

const SYSTEM = Buffer.from(JSON.stringify({ kind: 'admin' })).toString('base64url');
