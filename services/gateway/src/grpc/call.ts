import {
  constants,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
  type ServerStreamResponseOptions,
} from 'node:http2';
import { cancelled, deadlineExceeded, type StatusError } from '@telestack/errors';
import type { Outlet } from '@telestack/rpc';
import { timeoutMs } from './deadline.ts';
import { frameOf } from './framing.ts';
import { errorTrailers, OK_TRAILERS } from './status.ts';

/** How long a stream stays whose caller still sends after it was told of the end. */
const HALF_OPEN_MS = 5_000;
/** How long the end may wait for a caller that does not read what was sent before it. */
const UNREAD_MS = 60_000;
const RESPONSE_HEADERS = { ':status': 200, 'content-type': 'application/grpc' };
/** gRPC knows no `date`, and its clients take time to parse one. The typings lack `sendDate`, which node:http2's own compatibility layer uses. */
const RESPONSE_OPTIONS: ServerStreamResponseOptions & { sendDate: boolean } = {
  waitForTrailers: true,
  sendDate: false,
};

/** One gRPC call on its HTTP/2 stream: what goes out, and when it ends. */
export class Call implements Outlet<Uint8Array> {
  readonly headers: IncomingHttpHeaders;
  readonly #stream: ServerHttp2Stream;
  readonly #abort = new AbortController();
  #trailers = OK_TRAILERS;
  #isAnswered = false;
  #bufferedBytes = 0;
  #deadline: NodeJS.Timeout | undefined;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders) {
    this.headers = headers;
    this.#stream = stream;
    // Whatever breaks a stream closes it.
    stream.on('error', () => {});
    stream.on('close', () => {
      clearTimeout(this.#deadline);
      if (!this.#isAnswered) this.#abort.abort(cancelled('The call was cancelled.'));
      // node:http2's table of streams can keep a closed one until a full collection; what the call held must not wait for that.
      stream.removeAllListeners();
    });
  }

  /** Aborted when the caller goes away or its deadline passes before the call has ended. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** From now on the caller's deadline holds. @throws StatusError INTERNAL */
  watchDeadline(): void {
    const ms = timeoutMs(this.headers['grpc-timeout'] as string | undefined);
    if (ms === undefined) return;
    this.#deadline = setTimeout(() => {
      const error = deadlineExceeded('Deadline exceeded');
      this.#abort.abort(error);
      this.fail(error);
    }, ms);
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  send(message: Uint8Array): boolean {
    if (this.#isAnswered || this.#abort.signal.aborted || this.#stream.closed) return false;
    this.#respond();
    this.#bufferedBytes += message.length;
    return this.#stream.write(frameOf(message), () => {
      this.#bufferedBytes -= message.length;
    });
  }

  drained(): Promise<void> {
    const stream = this.#stream;
    const { signal } = this.#abort;
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      if (!stream.writableNeedDrain) return resolve();
      const settle = () => {
        stream.off('drain', settle);
        signal.removeEventListener('abort', settle);
        if (signal.aborted) reject(signal.reason);
        else resolve();
      };
      stream.on('drain', settle);
      signal.addEventListener('abort', settle);
    });
  }

  /** Ends the call well, with a last message where there is one. */
  end(message?: Uint8Array): void {
    if (!this.#settle()) return;
    this.#respond();
    if (message === undefined) this.#stream.end();
    else this.#stream.end(frameOf(message));
  }

  /** Ends the call with an error, unless it has ended. */
  fail(error: StatusError): void {
    if (!this.#settle()) return;
    if (this.#stream.headersSent) {
      this.#trailers = errorTrailers(error);
      this.#stream.end();
    } else {
      this.#stream.respond({ ...RESPONSE_HEADERS, ...errorTrailers(error) }, { endStream: true });
      if (!this.#stream.readableEnded) this.#closeAfter(HALF_OPEN_MS);
    }
  }

  #settle(): boolean {
    if (this.#isAnswered) return false;
    this.#isAnswered = true;
    clearTimeout(this.#deadline);
    const stream = this.#stream;
    if (stream.destroyed || stream.closed) return false;
    // The status may never get through: the reset has to say that the call is worth another try (UNAVAILABLE, by gRPC's table of HTTP/2 codes).
    if (!stream.readableEnded) this.#closeAfter(UNREAD_MS, constants.NGHTTP2_REFUSED_STREAM);
    return true;
  }

  /** The caller closes its side when it sees the end of ours. One that does not must not keep the stream. */
  #closeAfter(ms: number, code: number = constants.NGHTTP2_NO_ERROR): void {
    const stream = this.#stream;
    const timer = setTimeout(() => stream.close(code), ms);
    stream.once('close', () => clearTimeout(timer));
  }

  /** The status goes out behind all messages, whenever the caller reads them. */
  #sendTrailers(): void {
    this.#stream.sendTrailers(this.#trailers);
    if (!this.#stream.readableEnded) this.#closeAfter(HALF_OPEN_MS);
  }

  #respond(): void {
    const stream = this.#stream;
    if (stream.headersSent || stream.destroyed || stream.closed) return;
    stream.respond(RESPONSE_HEADERS, RESPONSE_OPTIONS);
    stream.on('wantTrailers', () => this.#sendTrailers());
  }
}
