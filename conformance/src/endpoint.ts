import { Client, type ClientDuplexStream, credentials, Metadata, status } from '@grpc/grpc-js';
import { decode, encode, type Message, type Rpc, type RpcName, rpc } from './wire.ts';

/** What a call came to. A stream that failed half way has both messages and an error. */
export interface Outcome {
  code: string;
  message: string;
  responses: Message[];
  /** Nothing was sent: the page before gave no token. */
  skipped?: boolean;
}

/** Not a gRPC code: the generator made something that the protocol cannot say. */
export const UNSENDABLE = 'UNSENDABLE';

const CODES = new Map(Object.entries(status).map(([name, code]) => [code as unknown as number, name]));

export function codeName(code: number): string {
  return CODES.get(code) ?? String(code);
}

export interface Failure {
  code: string;
  message: string;
}

/** An open bidirectional stream. */
export interface Stream {
  send(message: Message): void;
  end(): void;
  cancel(): void;
}

export interface StreamHandlers {
  onMessage(message: Message): void;
  onEnd(failure: Failure): void;
}

/** One server under test: raw gRPC with admin credentials. */
export class Endpoint implements Disposable {
  readonly name: string;
  readonly target: string;
  readonly #clients: Client[];
  #next = 0;

  constructor(name: string, target: string, connections = 2) {
    this.name = name;
    this.target = target;
    const options = {
      'grpc.max_receive_message_length': -1,
      'grpc.max_send_message_length': -1,
      'grpc.use_local_subchannel_pool': 1,
      'grpc.enable_retries': 0,
    };
    this.#clients = Array.from(
      { length: connections },
      () => new Client(target, credentials.createInsecure(), options),
    );
  }

  [Symbol.dispose](): void {
    for (const client of this.#clients) client.close();
  }

  /** Waits until the server accepts connections. */
  async ready(milliseconds: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#clients[0]!.waitForReady(Date.now() + milliseconds, (error) =>
        error ? reject(error) : resolve(),
      );
    });
  }

  #client(): Client {
    this.#next = (this.#next + 1) % this.#clients.length;
    return this.#clients[this.#next]!;
  }

  #metadata(database: string): Metadata {
    const metadata = new Metadata();
    metadata.set('authorization', 'Bearer owner');
    metadata.set('google-cloud-resource-prefix', database);
    return metadata;
  }

  /** Makes a unary or a server-streaming call; never rejects. A request that cannot be encoded has the code UNSENDABLE. */
  call(name: RpcName, request: Message, database: string, milliseconds = 30_000): Promise<Outcome> {
    const method = rpc(name);
    let bytes: Buffer;
    try {
      bytes = encode(method.request, request);
    } catch (error) {
      return Promise.resolve({ code: UNSENDABLE, message: String(error), responses: [] });
    }
    return method.kind === 'unary'
      ? this.#unary(method, bytes, database, milliseconds)
      : this.#serverStream(method, bytes, database, milliseconds);
  }

  #unary(method: Rpc, bytes: Buffer, database: string, milliseconds: number): Promise<Outcome> {
    return new Promise((resolve) => {
      this.#client().makeUnaryRequest(
        method.path,
        (request: Buffer) => request,
        (response: Buffer) => decode(method.response, response),
        bytes,
        this.#metadata(database),
        { deadline: Date.now() + milliseconds },
        (error, response) => {
          if (error) resolve({ code: codeName(error.code), message: error.details, responses: [] });
          else resolve({ code: 'OK', message: '', responses: [response!] });
        },
      );
    });
  }

  #serverStream(method: Rpc, bytes: Buffer, database: string, milliseconds: number): Promise<Outcome> {
    return new Promise((resolve) => {
      const responses: Message[] = [];
      const stream = this.#client().makeServerStreamRequest(
        method.path,
        (request: Buffer) => request,
        (response: Buffer) => decode(method.response, response),
        bytes,
        this.#metadata(database),
        { deadline: Date.now() + milliseconds },
      );
      stream.on('data', (message: Message) => responses.push(message));
      stream.on('error', () => {});
      stream.on('status', (result) => {
        resolve({
          code: codeName(result.code),
          message: result.details === 'OK' ? '' : result.details,
          responses,
        });
      });
    });
  }

  /** Opens a bidirectional stream; `onEnd` is called once. */
  open(name: 'Listen' | 'Write', database: string, handlers: StreamHandlers): Stream {
    const method = rpc(name);
    const stream: ClientDuplexStream<Buffer, Message> = this.#client().makeBidiStreamRequest(
      method.path,
      (request: Buffer) => request,
      (response: Buffer) => decode(method.response, response),
      this.#metadata(database),
    );
    stream.on('data', (message: Message) => handlers.onMessage(message));
    stream.on('error', () => {});
    stream.on('status', (result) =>
      handlers.onEnd({ code: codeName(result.code), message: result.details === 'OK' ? '' : result.details }),
    );
    return {
      send: (message) => stream.write(encode(method.request, message)),
      end: () => stream.end(),
      cancel: () => stream.cancel(),
    };
  }
}
