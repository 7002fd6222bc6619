import { request as httpRequest, type IncomingMessage } from 'node:http';
import { ANONYMOUS } from '@telestack/rpc';
import { afterEach, expect } from 'vitest';

const PATH = '/google.firestore.v1.Firestore/Listen/channel';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

export type Entry = [id: number, payload: unknown[]];

interface Reply {
  status: number;
  headers: IncomingMessage['headers'];
  text: string;
}

/** What a browser's client does, request by request. */
export class Peer {
  readonly #port: number;
  sid = '';

  constructor(port: number) {
    this.#port = port;
  }

  async open(...targets: number[]): Promise<Reply> {
    const reply = await this.request(
      'POST',
      'RID=1&CVER=22',
      `headers=Authorization:Bearer%20x%0D%0A&${form(0, targets)}`,
    );
    const [[, [, sid]]] = entriesOf(reply.text) as [[number, [string, string]]];
    this.sid = sid;
    return reply;
  }

  /** Sends messages from a number on; the three values of the answer. */
  async send(from: number, targets: number[], acknowledged = 0): Promise<number[]> {
    const { status, text } = await this.post(from, targets, acknowledged);
    expect(status).toBe(200);
    return JSON.parse(text.slice(text.indexOf('\n') + 1)) as number[];
  }

  post(from: number, targets: number[], acknowledged = 0): Promise<Reply> {
    return this.request('POST', `RID=2&SID=${this.sid}&AID=${acknowledged}`, form(from, targets));
  }

  /** One long poll. */
  async poll(acknowledged: number, extra = ''): Promise<Entry[]> {
    const { text } = await this.request('GET', `RID=rpc&SID=${this.sid}&AID=${acknowledged}&CI=1${extra}`);
    return entriesOf(text);
  }

  /** Polls until as many messages came that say something. */
  async pollFor(count: number, acknowledged = 0): Promise<Entry[]> {
    const entries: Entry[] = [];
    let last = acknowledged;
    while (entries.length < count) {
      for (const entry of await this.poll(last)) {
        last = entry[0];
        if (entry[1][0] !== 'noop') entries.push(entry);
      }
    }
    return entries;
  }

  get(query: string): Promise<Reply> {
    return this.request('GET', query);
  }

  /** A streaming response: `next` gives its text until it holds as many chunks. */
  stream(acknowledged: number): {
    chunks(count: number): Promise<string>;
    close(): void;
    ended: Promise<void>;
  } {
    let text = '';
    let wake = () => {};
    let onEnd = () => {};
    const ended = new Promise<void>((resolve) => {
      onEnd = resolve;
    });
    const request = httpRequest(
      { ...this.#target(`RID=rpc&SID=${this.sid}&AID=${acknowledged}&CI=0`) },
      (answer) => {
        answer.setEncoding('utf8');
        answer.on('data', (data: string) => {
          text += data;
          wake();
        });
        answer.on('close', onEnd);
      },
    );
    request.on('error', () => {});
    request.end();
    cleanups.push(() => request.destroy());
    return {
      ended,
      close: () => request.destroy(),
      async chunks(count) {
        while (text.split('\n').length <= count) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
        return text;
      },
    };
  }

  #target(query: string) {
    const principal = Buffer.from(JSON.stringify(ANONYMOUS)).toString('base64url');
    const headers = { 'x-telestack-principal': principal };
    return { host: '127.0.0.1', port: this.#port, path: `${PATH}?VER=8&${query}`, headers, agent: false };
  }

  /** A POST whose body is announced and does not come. */
  announce(query: string, bytes: number): Promise<{ status: number }> {
    const { headers, ...target } = this.#target(query);
    return new Promise((resolve, reject) => {
      const announced = { ...headers, 'content-length': String(bytes) };
      const request = httpRequest({ ...target, headers: announced, method: 'POST' }, (answer) => {
        resolve({ status: answer.statusCode ?? 0 });
        request.destroy();
      });
      request.on('error', reject);
      request.flushHeaders();
    });
  }

  /** A request of its own making. */
  request(method: string, query: string, body = ''): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const request = httpRequest({ ...this.#target(query), method }, async (answer) => {
        let text = '';
        for await (const data of answer.setEncoding('utf8')) text += data;
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text });
      });
      request.on('error', reject);
      request.end(body);
    });
  }
}

export function form(from: number, targets: number[]): string {
  const messages = targets.map(
    (target, i) => `req${i}___data__=${encodeURIComponent(JSON.stringify({ removeTarget: target }))}`,
  );
  return [`count=${targets.length}`, `ofs=${from}`, ...messages].join('&');
}

function entriesOf(text: string): Entry[] {
  const entries: Entry[] = [];
  for (let at = 0; at < text.length; ) {
    const line = text.indexOf('\n', at);
    const end = line + 1 + Number(text.slice(at, line));
    entries.push(...(JSON.parse(text.slice(line + 1, end)) as Entry[]));
    at = end;
  }
  return entries;
}
