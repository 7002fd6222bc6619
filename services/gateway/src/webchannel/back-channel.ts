import type { ServerResponse } from 'node:http';
import { chunk, KEEPALIVE_MS, NOOP, numbered } from './framing.ts';

/** A streaming response ends after so many units, so that the client asks again and by that says what it has. */
const ROTATE_UNITS = 512 * 1024;
/** And after so long: a client that has silently gone does not ask again. */
const ROTATE_MS = 60_000;
/** Shorter than what the client waits for. */
const NOOP_MS = KEEPALIVE_MS - 5_000;

const HEADERS = {
  'content-type': 'text/plain; charset=utf-8',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  // Proxies that honour it pass a stream on as it comes.
  'x-accel-buffering': 'no',
};

/** What a back channel takes from its session. */
export interface Source {
  /** Messages after a number, about `limit` units of them. */
  after(id: number, limit: number): { readonly json: string; readonly lastId: number } | undefined;
  /** Adds a message that says nothing. */
  addNoop(): void;
}

/** One hanging GET: streams messages as they come, or (long polling) answers with the first ones. */
export class BackChannel {
  readonly #response: ServerResponse;
  readonly #source: Source;
  readonly #isStreaming: boolean;
  #lastId: number;
  #written = 0;
  #ended = false;
  readonly #rotation: NodeJS.Timeout;
  readonly #noop: NodeJS.Timeout;

  /** @param afterId what the client has. @param pollMs how long a poll may hang, where the client asks for a limit. */
  constructor(
    response: ServerResponse,
    source: Source,
    options: { readonly isStreaming: boolean; readonly afterId: number; readonly pollMs?: number },
    onEnd: (channel: BackChannel) => void,
  ) {
    this.#response = response;
    this.#source = source;
    this.#isStreaming = options.isStreaming;
    this.#lastId = options.afterId;
    const quiet = Math.min(options.pollMs ?? NOOP_MS, NOOP_MS);
    this.#noop = setInterval(() => this.#say(), options.isStreaming ? NOOP_MS : quiet);
    this.#rotation = setTimeout(() => this.end(), ROTATE_MS);
    response.once('close', () => {
      this.#stop();
      onEnd(this);
    });
    response.writeHead(200, HEADERS);
    response.flushHeaders();
    this.flush();
    // Whether proxies let a stream through is what the client finds out by its first bytes.
    if (options.isStreaming && this.#written === 0) this.#say();
  }

  #say(): void {
    this.#source.addNoop();
    this.flush();
  }

  /** Writes what is new. */
  flush(): void {
    while (!this.#ended) {
      const next = this.#source.after(this.#lastId, ROTATE_UNITS);
      if (next === undefined) return;
      this.#lastId = next.lastId;
      this.#write(next.json);
      if (!this.#isStreaming || this.#written >= ROTATE_UNITS) this.end();
    }
  }

  /** Ends the response; the client opens the next one. */
  end(): void {
    if (this.#ended) return;
    // A response without a byte counts as broken; one number more than was used repeats nothing.
    if (this.#written === 0) this.#write(`[${numbered(this.#lastId, NOOP)}]`);
    this.#stop();
    this.#response.end();
  }

  #write(json: string): void {
    this.#written += json.length;
    if (!this.#response.destroyed) this.#response.write(chunk(json));
    this.#noop.refresh();
  }

  #stop(): void {
    this.#ended = true;
    clearTimeout(this.#rotation);
    clearInterval(this.#noop);
  }
}
