import type { ServerResponse } from 'node:http';
import type { StatusError } from '@telestack/errors';
import { errorBody, httpStatus } from '@telestack/http';
import type { Outlet } from '@telestack/rpc';

const HEADERS = { 'content-type': 'application/json; charset=utf-8' };

/** A stream's messages as one JSON array that is sent as they come: `[{…}\n,{…}]`. An error is its last element. */
export class JsonArray implements Outlet<Uint8Array> {
  readonly #response: ServerResponse;
  readonly #signal: AbortSignal;
  readonly #format: (message: Uint8Array) => string;

  constructor(response: ServerResponse, signal: AbortSignal, format: (message: Uint8Array) => string) {
    this.#response = response;
    this.#signal = signal;
    this.#format = format;
  }

  get bufferedBytes(): number {
    return this.#response.writableLength;
  }

  send(message: Uint8Array): boolean {
    if (this.#response.destroyed) return false;
    return this.#element(this.#format(message), 200);
  }

  async drained(): Promise<void> {
    const response = this.#response;
    if (response.writableNeedDrain && !response.destroyed) {
      await new Promise<void>((resolve) => {
        const settle = () => {
          response.off('drain', settle);
          response.off('close', settle);
          resolve();
        };
        response.on('drain', settle);
        response.on('close', settle);
      });
    }
    this.#signal.throwIfAborted();
  }

  end(): void {
    if (!this.#response.headersSent) this.#response.writeHead(200, HEADERS).write('[');
    this.#response.end(']');
  }

  /** Ends with an error, which is also the response's status where nothing was sent yet. */
  fail(error: StatusError): void {
    this.#element(JSON.stringify(errorBody(error)), httpStatus(error.code));
    this.#response.end(']');
  }

  #element(text: string, status: number): boolean {
    const isFirst = !this.#response.headersSent;
    if (isFirst) this.#response.writeHead(status, HEADERS);
    return this.#response.write(`${isFirst ? '[' : '\n,'}${text}`);
  }
}
