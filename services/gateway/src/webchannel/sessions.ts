import { randomBytes } from 'node:crypto';
import { resourceExhausted } from '@telestack/errors';
import type { Budget } from './outbox.ts';
import { Session } from './session.ts';

export interface SessionLimits {
  readonly maxSessions: number;
  /** UTF-16 units that wait for clients, in all sessions. */
  readonly maxUnits: number;
  /** A session without a hanging response for so long is over. */
  readonly idleMs: number;
}

export const DEFAULT_LIMITS: SessionLimits = {
  maxSessions: 20_000,
  maxUnits: 256 * 1024 * 1024,
  idleMs: 60_000,
};

/** The sessions of this process. A session is known to the process that opened it alone. */
export class Sessions {
  readonly #sessions = new Map<string, Session>();
  readonly #limits: SessionLimits;
  readonly #budget: Budget;
  readonly #now: () => number;
  readonly #reaper: NodeJS.Timeout;

  constructor(limits: Partial<SessionLimits> = {}, now: () => number = () => performance.now()) {
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
    this.#budget = { limit: this.#limits.maxUnits, used: 0 };
    this.#now = now;
    this.#reaper = setInterval(() => this.reap(), Math.min(5_000, this.#limits.idleMs)).unref();
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Opens a session under a name that cannot be guessed: whoever knows it speaks for its user. @throws StatusError RESOURCE_EXHAUSTED */
  open(): Session {
    if (this.size >= this.#limits.maxSessions) throw resourceExhausted('Too many sessions.');
    const session = new Session(randomBytes(18).toString('base64url'), this.#budget, this.#now);
    this.#sessions.set(session.id, session);
    session.signal.addEventListener('abort', () => this.#sessions.delete(session.id), { once: true });
    return session;
  }

  find(id: string): Session | undefined {
    return this.#sessions.get(id);
  }

  /** Ends the sessions whose client has gone. */
  reap(): void {
    const oldest = this.#now() - this.#limits.idleMs;
    for (const session of this.#sessions.values()) {
      if (session.idleSince !== undefined && session.idleSince < oldest) session.close();
    }
  }

  close(): void {
    clearInterval(this.#reaper);
    for (const session of this.#sessions.values()) session.close();
  }
}
