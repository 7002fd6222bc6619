import type { Principal } from '@telestack/rpc';
import {
  type ChangeFollower,
  type CredentialSource,
  followChanges,
  type PrincipalChange,
  TOKEN_LIFETIME_MS,
  UserChanges,
} from '@telestack/tokens';
import type { BridgeConfig } from '../config.ts';
import type { Log } from '../events.ts';
import type { Timer, Timers } from '../timers.ts';

/** A gateway may have believed an API key's record for so long when it let a stream in; milliseconds. */
const RECORD_BELIEVED = 15_000;
/** Changes of keys and accounts that wait to be applied once more. */
const MAX_REPEATED = 10_000;

/** What has been done to credentials since they were verified: followed from the identity service, for the streams that are open. */
export class PrincipalChanges {
  readonly #users: UserChanges;
  readonly #timers: Timers;
  readonly #maxStaleness: number;
  readonly #follower: ChangeFollower | undefined;
  readonly #repeats = new Set<Timer>();
  readonly #onChange: (change: PrincipalChange) => void;

  /** Without a source nothing is heard, and nothing is stale. */
  constructor(
    source: Pick<CredentialSource, 'changes'> | undefined,
    timers: Timers,
    { maxStaleness }: Pick<BridgeConfig, 'maxStaleness'>,
    onChange: (change: PrincipalChange) => void,
    log: Log,
  ) {
    this.#users = new UserChanges(TOKEN_LIFETIME_MS, () => timers.now());
    this.#timers = timers;
    this.#maxStaleness = maxStaleness;
    this.#onChange = onChange;
    this.#follower =
      source &&
      followChanges({
        source,
        now: () => timers.now(),
        onChange: (change) => this.#apply(change),
        onFailure: (error) =>
          error === undefined
            ? log('info', 'the identity service tells of changes again')
            : log('warn', 'the identity service does not tell of changes', { error }),
      });
  }

  /** What a principal is by now. A gateway may have let it in before it heard what is known here. */
  current(principal: Principal): Principal | 'revoked' {
    return this.#users.current(principal);
  }

  /** Too long without news: a user's token may have been revoked. */
  get isStale(): boolean {
    return this.#follower !== undefined && this.#follower.staleness() > this.#maxStaleness;
  }

  async close(): Promise<void> {
    for (const timer of this.#repeats) this.#timers.clearTimeout(timer);
    this.#repeats.clear();
    await this.#follower?.close();
  }

  #apply(change: PrincipalChange): void {
    this.#users.apply(change);
    this.#onChange(change);
    if (change.kind !== 'user') this.#repeat(change);
  }

  /** Whoever came in with the key after the change, through a gateway that had not heard of it, is found the second time. */
  #repeat(change: PrincipalChange): void {
    if (this.#repeats.size >= MAX_REPEATED) return;
    const timer = this.#timers.setTimeout(() => {
      this.#repeats.delete(timer);
      this.#onChange(change);
    }, RECORD_BELIEVED);
    this.#repeats.add(timer);
  }
}
