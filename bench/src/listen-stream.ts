import { v1 } from '@google-cloud/firestore-api';
import { grpc } from 'google-gax';

type FirestoreClient = InstanceType<typeof v1.FirestoreClient>;
type Duplex = ReturnType<FirestoreClient['listen']>;

/** The part of a ListenResponse that is looked at here, as the client library decodes it. */
interface ListenResponse {
  targetChange?: {
    targetChangeType?: string | number;
    targetIds?: number[];
    cause?: { message?: string } | null;
  };
  documentChange?: {
    targetIds?: number[];
    document?: { fields?: Record<string, { integerValue?: string | number | { toString(): string } }> };
  };
}

const CURRENT_TIMEOUT_MS = 180_000;

/** The generated client of the official package, on an insecure channel of its own. */
export function rawClient(host: string): FirestoreClient {
  const [servicePath, port] = host.split(':');
  const options = {
    servicePath,
    port: Number(port),
    sslCreds: grpc.credentials.createInsecure(),
    projectId: 'bench',
  };
  return new v1.FirestoreClient(options);
}

/** One Listen stream that carries many targets. */
export class ListenStream {
  readonly #stream: Duplex;
  readonly #database: string;
  readonly #waiting = new Set<number>();
  #added: (() => void) | undefined;
  #broken: ((error: Error) => void) | undefined;
  #failure: Error | undefined;

  /** `onDocument` gets the integer field `sequence` of every document change. */
  constructor(client: FirestoreClient, database: string, onDocument: (sequence: number) => void) {
    this.#database = database;
    this.#stream = client.listen({
      otherArgs: {
        headers: { Authorization: 'Bearer owner', 'google-cloud-resource-prefix': database },
      },
    });
    this.#stream.on('error', (error: Error) => this.#fail(error));
    this.#stream.on('data', (response: ListenResponse) => {
      const change = response.targetChange;
      const type = change?.targetChangeType;
      if (type === 'REMOVE' || type === 2) this.#fail(new Error(`target removed: ${change?.cause?.message}`));
      if (type === 'CURRENT' || type === 3) {
        for (const id of change?.targetIds ?? []) this.#waiting.delete(id);
        if (this.#waiting.size === 0) this.#added?.();
      }
      const sequence = response.documentChange?.document?.fields?.sequence?.integerValue;
      if (sequence !== undefined && sequence !== null) onDocument(Number(sequence.toString()));
    });
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#broken?.(error);
  }

  /** The error that ended the stream or one of its targets, if any did. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Adds one target for each key: `where('key', '==', key)`; resolves when all are current. */
  async add(collectionId: string, keys: readonly string[]): Promise<void> {
    const current = new Promise<void>((resolve, reject) => {
      this.#added = resolve;
      this.#broken = reject;
    });
    const timer = setTimeout(
      () => this.#broken?.(new Error('targets not current in time')),
      CURRENT_TIMEOUT_MS,
    );
    for (const [index, key] of keys.entries()) {
      this.#waiting.add(index + 1);
      this.#stream.write({
        database: this.#database,
        addTarget: { targetId: index + 1, query: this.#query(collectionId, key) },
      });
    }
    await current.finally(() => clearTimeout(timer));
  }

  #query(collectionId: string, key: string) {
    const where = {
      fieldFilter: { field: { fieldPath: 'key' }, op: 'EQUAL', value: { stringValue: key } },
    };
    return { parent: `${this.#database}/documents`, structuredQuery: { from: [{ collectionId }], where } };
  }

  close(): void {
    this.#stream.on('error', () => {});
    this.#stream.cancel();
  }
}
