import { unavailable } from '@telestack/errors';
import type { Realm } from '../accounts/account.ts';
import type { OobMail } from './oob-codes.ts';

/** Sends what an address is to be proved by. Resolves when it is on its way. */
export type MailHook = (realm: Realm, mail: OobMail) => Promise<void>;

const TIMEOUT_MS = 10_000;
const ATTEMPTS = 3;

/**
 * Hands mails to a web hook: POST of {project, tenant, requestType, email, newEmail, oobCode, oobLink} with the secret as bearer token. The hook
 * knows templates and mail servers; this service does not.
 */
export function webhookMail(url: string, secret: string | undefined): MailHook {
  return async (realm, mail) => {
    let failure: unknown;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (attempt > 0)
        await new Promise((resolve) => setTimeout(resolve, 200 * 2 ** attempt * (0.5 + Math.random())));
      try {
        const response = await fetch(url, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            ...(secret === undefined ? {} : { authorization: `Bearer ${secret}` }),
          },
          body: JSON.stringify({ ...realm, ...mail }),
          signal: AbortSignal.timeout(TIMEOUT_MS),
        });
        await response.body?.cancel();
        if (response.ok) return;
        failure = new Error(`The mail hook answers ${response.status}.`);
      } catch (error) {
        failure = error;
      }
    }
    throw unavailable('The mail could not be sent.', { cause: failure });
  };
}
