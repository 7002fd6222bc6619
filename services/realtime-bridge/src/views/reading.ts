import { type StatusError, toStatusError, unavailable } from '@telestack/errors';
import { Backoff } from '../backoff.ts';
import { ReadTimeError } from '../docstore/errors.ts';
import { READ_BACKOFF } from '../docstore/reader.ts';
import type { DocumentState } from '../feed/document-state.ts';
import { AccessGathered } from './access-gathered.ts';
import type { ViewHost } from './host.ts';
import type { Result } from './result.ts';
import type { View } from './view.ts';

/** Takes a view's rows while they are read. It must take them at once: a slow client must not hold up the others. */
export interface ReadingSink {
  /** Visible rows in order; `readTime` (microseconds) is the same until `onRead` or `onReadRestart`. */
  onRows(readTime: number, rows: readonly DocumentState[]): void;
  /** That were all. The view follows the stream from `readTime` on, or from earlier. */
  onRead(readTime: number): void;
  /** The rows so far do not count. */
  onReadRestart(): void;
  onReadFailed(error: StatusError): void;
}

/** One read of a view for all who asked before it began. The first one also sets the view up. */
export class Reading {
  readonly kind: 'full' | 'names';
  readonly #view: View;
  readonly #host: ViewHost;
  readonly #sinks = new Set<ReadingSink>();
  readonly #stop = new AbortController();
  #floor = 0;

  constructor(view: View, kind: 'full' | 'names', host: ViewHost) {
    this.#view = view;
    this.kind = kind;
    this.#host = host;
  }

  /** `floor`: a result that is older (microseconds) does not do for this sink. */
  add(sink: ReadingSink, floor: number): void {
    this.#sinks.add(sink);
    this.#floor = Math.max(this.#floor, floor);
  }

  delete(sink: ReadingSink): void {
    if (this.#sinks.delete(sink) && this.#sinks.size === 0)
      this.#stop.abort(new Error('Nobody wants the rows'));
  }

  /** Nobody wants its rows any more. */
  get isAbandoned(): boolean {
    return this.#stop.signal.aborted;
  }

  /** Never rejects. */
  async run(): Promise<void> {
    const signal = AbortSignal.any([this.#stop.signal, this.#view.signal]);
    const backoff = new Backoff(this.#host.timers, READ_BACKOFF);
    try {
      while (!signal.aborted && !(await this.#attempt(signal))) {
        for (const sink of [...this.#sinks]) sink.onReadRestart();
        if (backoff.elapsed > this.#host.config.readRetryLimit) {
          throw unavailable('The query could not be read at one time. Please try again.');
        }
        await backoff.wait(signal);
      }
    } catch (error) {
      if (!signal.aborted) for (const sink of [...this.#sinks]) sink.onReadFailed(toStatusError(error));
    }
    this.#view.readingBegins(this);
    this.#view.readingStops(this);
  }

  /** False when the rows do not count. */
  async #attempt(signal: AbortSignal): Promise<boolean> {
    const { shape, database } = this.#view.spec;
    const { principal } = this.#view;
    let result: Result | undefined;
    let readTime = 0;
    let count = 0;
    const access = new AccessGathered();
    const rows = this.#host.reader.read(shape.rows, {
      database,
      principal,
      namesOnly: this.kind === 'names',
      signal,
      floor: () => Math.max(this.#floor, this.#view.floor),
      onStart: () => this.#view.readingBegins(this),
      releasedTime: this.#view.releasedTime,
    });
    try {
      for await (const chunk of rows) {
        readTime = chunk.readTime;
        access.add(chunk.access);
        if (count === 0 && this.#view.isLoading) result ??= this.#view.createResult(access);
        result?.add(chunk.rows);
        const visible = chunk.rows.slice(Math.max(0, shape.skip - count), Math.max(0, shape.end - count));
        for (const sink of [...this.#sinks]) sink.onRows(readTime, visible);
        count += chunk.rows.length;
      }
    } catch (error) {
      if (error instanceof ReadTimeError) return false;
      throw error;
    }
    if (signal.aborted) throw signal.reason;
    if (!this.#view.readingEnds(result, readTime, access)) return false;
    for (const sink of [...this.#sinks]) sink.onRead(readTime);
    return true;
  }
}
