import type { Lsn } from './lsn.ts';

/**
 * What a reader may confirm. Normally that is what its caller has confirmed; when the caller has confirmed everything that was
 * handed to it, the log after that up to the server's position held nothing for it, and may be confirmed too. Without this
 * an idle database next to a busy one would hold back the log for ever, and the server's shutdown would wait for us.
 */
export class Progress {
  #received = 0n;
  #delivered = 0n;
  #confirmed = 0n;
  #inTransaction = false;

  /** Newest position that the server has sent. */
  get received(): Lsn {
    return this.#received;
  }

  get confirmed(): Lsn {
    return this.#confirmed;
  }

  /** A transaction begins: nothing after it may be confirmed before its end is known. */
  begin(): void {
    this.#inTransaction = true;
  }

  /** Something that ends at `lsn` was handed to the caller, who will confirm it. */
  deliver(lsn: Lsn): void {
    this.#inTransaction = false;
    if (lsn > this.#delivered) this.#delivered = lsn;
    this.#raise(lsn);
  }

  /** The server's keepalive: it has sent everything up to `lsn`. */
  keepalive(lsn: Lsn): void {
    this.#raise(lsn);
    if (!this.#inTransaction && this.#confirmed >= this.#delivered && lsn > this.#confirmed)
      this.#confirmed = lsn;
  }

  /** The caller's confirmation. True if it is news. Throws on a position that was never handed out. */
  confirm(lsn: Lsn): boolean {
    if (lsn > this.#received) throw new RangeError('Confirmed a log position that was not received');
    if (lsn <= this.#confirmed) return false;
    this.#confirmed = lsn;
    return true;
  }

  #raise(lsn: Lsn): void {
    if (lsn > this.#received) this.#received = lsn;
  }
}
