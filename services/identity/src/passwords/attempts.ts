import { TokenBuckets } from '@telestack/ratelimit';
import type { Realm } from '../accounts/account.ts';
import { IdentityError } from '../errors.ts';

/** Wrong passwords for one address: ten at once, then one in ten seconds. */
const RATE = { perSecond: 0.1, burst: 10 };

/** Slows down who guesses the password of one address, from wherever. It counts for this replica; the gateway counts by address of the host. */
export class SignInAttempts {
  readonly #wrong = new TokenBuckets({ rate: RATE });

  /** Counts an attempt before it is made, so that many at the same time count as well. @throws IdentityError TOO_MANY_ATTEMPTS_TRY_LATER */
  begin(realm: Realm, email: string): void {
    if (this.#wrong.take(keyOf(realm, email)) > 0) {
      throw new IdentityError(
        'TOO_MANY_ATTEMPTS_TRY_LATER : Access to this account has been temporarily disabled due to many failed login attempts.',
      );
    }
  }

  /** The password was right: the attempt does not count. */
  succeeded(realm: Realm, email: string): void {
    this.#wrong.refund(keyOf(realm, email));
  }
}

function keyOf({ project, tenant }: Realm, email: string): string {
  return `${project}/${tenant}/${email}`;
}
