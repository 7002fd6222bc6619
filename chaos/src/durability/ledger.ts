import type { Counts } from '../verdict.ts';
import { Progress } from './progress.ts';

/** What a document may hold: versions that were sent, and the newest one that was acknowledged. */
interface Entry {
  /** -1 while no version has been acknowledged. */
  acknowledged: number;
  sent: number;
  /** Documents of one batch share a name: all of them are there, or none. */
  batch: string | undefined;
}

/** Every write that was sent, by document, and whether the server has acknowledged it. */
export class Ledger {
  readonly #entries = new Map<string, Entry>();
  #lastAcknowledged = 0;
  readonly progress = new Progress();

  sent(path: string, version: number, batch?: string): void {
    const entry = this.#entries.get(path) ?? { acknowledged: -1, sent: -1, batch };
    entry.sent = Math.max(entry.sent, version);
    this.#entries.set(path, entry);
  }

  acknowledged(path: string, version: number): void {
    const entry = this.#entries.get(path)!;
    entry.acknowledged = Math.max(entry.acknowledged, version);
    this.#lastAcknowledged = performance.now();
    this.progress.add();
  }

  get acknowledgements(): number {
    return this.progress.count;
  }

  get documents(): number {
    return this.#entries.size;
  }

  /** When the newest acknowledgement came (`performance.now()`). */
  get lastAcknowledged(): number {
    return this.#lastAcknowledged;
  }

  /**
   * Holds what the database has against what was sent: `found` maps paths to their version. Calls `violation` for
   * every document that the writes cannot explain, and counts what it saw.
   */
  judge(
    found: ReadonlyMap<string, number>,
    violation: (name: string, example: string) => void,
    counts: Counts,
  ): void {
    const batches = new Map<string, { present: number; all: number }>();
    for (const [path, entry] of this.#entries) {
      const version = found.get(path);
      if (entry.acknowledged >= 0) {
        counts.add('acknowledged');
        if (version === undefined)
          violation('an acknowledged write is missing', `${path} version ${entry.acknowledged}`);
        else if (version < entry.acknowledged)
          violation(
            'an acknowledged write is missing',
            `${path}: version ${version} of ${entry.acknowledged}`,
          );
      } else counts.add(version === undefined ? 'unacknowledged, absent' : 'unacknowledged, present');
      if (version !== undefined && version > entry.sent)
        violation('a document that nobody wrote', `${path} version ${version}`);
      if (entry.batch) {
        const batch = batches.get(entry.batch) ?? { present: 0, all: 0 };
        batch.all++;
        if (version !== undefined) batch.present++;
        batches.set(entry.batch, batch);
      }
    }
    for (const path of found.keys())
      if (!this.#entries.has(path)) violation('a document that nobody wrote', path);
    for (const [name, { present, all }] of batches) {
      counts.add('batches');
      if (present !== 0 && present !== all) violation('half of a batch', `${name}: ${present} of ${all}`);
    }
  }
}
