import { type BackoffOptions, backoffMs } from '../backoff.ts';
import { Heap } from './heap.ts';

export interface AddOptions {
  /** Higher ones are worked on first. Default: 0. */
  readonly priority?: number;
  /** Not before so many milliseconds. */
  readonly afterMs?: number;
}

export interface Work {
  readonly key: string;
  readonly priority: number;
  /** How long it was ready before it was handed out. */
  readonly waitedMs: number;
}

interface Entry {
  readonly key: string;
  priority: number;
  /** When it may be handed out; 0: now. */
  readyAt: number;
  /** Order of arrival within a priority. */
  sequence: number;
  readySince: number;
}

/** An entry as it was when it was put on a heap: one that has changed since is passed over. */
interface Ticket {
  readonly entry: Entry;
  readonly priority: number;
  readonly sequence: number;
  readonly readyAt: number;
}

const BACKOFF: BackoffOptions = { minMs: 5, maxMs: 120_000, jitter: 0.1 };

/**
 * Keys that want work. A key is in it once, however often it is added: with the highest of its priorities and the earliest of its times. It
 * is handed to one worker at a time; added meanwhile, it comes again after done(). Bounded by the number of keys.
 */
export class WorkQueue {
  readonly #backoff: BackoffOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #working = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #ready = new Heap<Ticket>(
    (a, b) => a.priority > b.priority || (a.priority === b.priority && a.sequence < b.sequence),
  );
  readonly #waiting = new Heap<Ticket>((a, b) => a.readyAt < b.readyAt);
  readonly #takers: ((work: Work | undefined) => void)[] = [];
  #sequence = 0;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(backoff: BackoffOptions = BACKOFF) {
    this.#backoff = backoff;
  }

  /** Keys that could be worked on now, and those that wait for their time. */
  get depth(): { ready: number; waiting: number } {
    let ready = 0;
    for (const { readyAt } of this.#entries.values()) if (readyAt === 0) ready++;
    return { ready, waiting: this.#entries.size - ready };
  }

  add(key: string, { priority = 0, afterMs = 0 }: AddOptions = {}): void {
    if (this.#isClosed) return;
    const now = performance.now();
    const readyAt = afterMs > 0 ? now + afterMs : 0;
    const known = this.#entries.get(key);
    if (known === undefined) {
      const entry = { key, priority, readyAt, sequence: this.#sequence++, readySince: now };
      this.#entries.set(key, entry);
      this.#enlist(entry);
    } else {
      const isRaised = priority > known.priority;
      const isSooner = readyAt < known.readyAt;
      if (!isRaised && !isSooner) return;
      if (isRaised) known.priority = priority;
      if (isRaised) known.sequence = this.#sequence++;
      if (isSooner) known.readyAt = readyAt;
      if (isSooner && readyAt === 0) known.readySince = now;
      this.#enlist(known);
    }
    this.#pump();
  }

  /** Adds it after a pause that grows with its failures in a row; returns the pause. */
  addRateLimited(key: string, options: Pick<AddOptions, 'priority'> = {}): number {
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    const afterMs = backoffMs(failures, this.#backoff);
    this.add(key, { ...options, afterMs });
    return afterMs;
  }

  /** Its failures are forgotten: it went well. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** The next key to work on, which is the caller's until done(); undefined when the queue is closed. */
  take(): Promise<Work | undefined> {
    if (this.#isClosed) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#takers.push(resolve);
      this.#pump();
    });
  }

  /** The caller has done with the key. */
  done(key: string): void {
    this.#working.delete(key);
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#enlist(entry);
    this.#pump();
  }

  /** Ends the waits of takers; work under way is not touched. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#entries.clear();
    for (const resolve of this.#takers.splice(0)) resolve(undefined);
  }

  #enlist(entry: Entry): void {
    const { priority, sequence, readyAt } = entry;
    (readyAt === 0 ? this.#ready : this.#waiting).push({ entry, priority, sequence, readyAt });
  }

  #isCurrent({ entry, priority, sequence, readyAt }: Ticket): boolean {
    return (
      this.#entries.get(entry.key) === entry &&
      entry.priority === priority &&
      entry.sequence === sequence &&
      entry.readyAt === readyAt
    );
  }

  #pump(): void {
    this.#promote();
    while (this.#takers.length > 0) {
      const ticket = this.#ready.pop();
      if (ticket === undefined) break;
      // One that is being worked on is enlisted again by done().
      if (!this.#isCurrent(ticket) || this.#working.has(ticket.entry.key)) continue;
      const { key, priority, readySince } = ticket.entry;
      this.#entries.delete(key);
      this.#working.add(key);
      this.#takers.shift()!({ key, priority, waitedMs: performance.now() - readySince });
    }
    this.#arm();
  }

  /** Moves what has waited long enough to the ready ones, in the order in which it became ready. */
  #promote(): void {
    const now = performance.now();
    for (let next = this.#waiting.peek(); next !== undefined; next = this.#waiting.peek()) {
      if (this.#isCurrent(next)) {
        if (next.readyAt > now) return;
        Object.assign(next.entry, { readyAt: 0, readySince: now, sequence: this.#sequence++ });
        this.#enlist(next.entry);
      }
      this.#waiting.pop();
    }
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const next = this.#waiting.peek();
    this.#timer =
      next === undefined || this.#isClosed
        ? undefined
        : setTimeout(() => this.#pump(), Math.max(1, next.readyAt - performance.now()));
  }
}
