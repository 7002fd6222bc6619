import { v1 } from '@google-cloud/firestore-api';
import { grpc } from 'google-gax';

type FirestoreClient = InstanceType<typeof v1.FirestoreClient>;
type Timestamp = { seconds?: string | number; nanos?: number } | null;

/** The part of a ListenResponse that is looked at here, as the client library decodes it. */
interface ListenResponse {
  targetChange?: {
    targetChangeType?: string | number;
    targetIds?: number[];
    cause?: { message?: string } | null;
    resumeToken?: Uint8Array;
    readTime?: Timestamp;
  };
  documentChange?: {
    document?: { name?: string; fields?: Record<string, { integerValue?: string; bytesValue?: Uint8Array }> };
  };
  documentDelete?: { document?: string };
  documentRemove?: { document?: string };
}

/** One client with a connection of its own, as a process that listens would have. */
export class SlowStream {
  readonly name: string;
  readonly #client: FirestoreClient;
  readonly #stream: ReturnType<FirestoreClient['listen']>;
  readonly #onSequence: (sequence: number) => void;
  readonly #ended = Promise.withResolvers<grpc.ServiceError>();
  /** `sequence` of each document that it has. */
  readonly documents = new Map<string, number>();
  resumeToken: Uint8Array | undefined;
  snapshots = 0;
  /** Sizes of the documents' payloads. */
  receivedBytes = 0;
  isReset = false;
  isEnded = false;

  /** `onSequence` gets the field of every document that comes. */
  constructor(target: string, name: string, onSequence: (sequence: number) => void = () => {}) {
    this.name = name;
    this.#onSequence = onSequence;
    const [servicePath, port] = target.split(':');
    const sslCreds = grpc.credentials.createInsecure();
    this.#client = new v1.FirestoreClient({ servicePath, port: Number(port), sslCreds, projectId: 'chaos' });
    this.#stream = this.#client.listen({ otherArgs: { headers: { Authorization: 'Bearer owner' } } });
    this.#stream.on('error', (error: grpc.ServiceError) => {
      this.isEnded = true;
      this.#ended.resolve(error);
    });
    this.#stream.on('data', (response: ListenResponse) => this.#take(response));
  }

  /** Listens to a whole collection, from a resume token on where there is one. */
  listen(database: string, collectionId: string, from?: SlowStream): void {
    for (const [name, sequence] of from?.documents ?? []) this.documents.set(name, sequence);
    const query = { parent: `${database}/documents`, structuredQuery: { from: [{ collectionId }] } };
    this.#stream.write({ database, addTarget: { targetId: 1, query, resumeToken: from?.resumeToken } });
  }

  /** From now on the process takes nothing from its socket. */
  stopReading(): void {
    this.#stream.pause();
  }

  readOn(): void {
    this.#stream.resume();
  }

  /** The error that ends the stream. */
  get ended(): Promise<grpc.ServiceError> {
    return this.#ended.promise;
  }

  async close(): Promise<void> {
    this.#stream.on('error', () => {});
    this.#stream.cancel();
    await this.#client.close();
  }

  #take({ targetChange, documentChange, documentDelete, documentRemove }: ListenResponse): void {
    const document = documentChange?.document;
    if (document?.name) {
      const sequence = Number(document.fields?.sequence?.integerValue);
      this.documents.set(document.name, sequence);
      this.receivedBytes += document.fields?.payload?.bytesValue?.length ?? 0;
      this.#onSequence(sequence);
    }
    const gone = documentDelete?.document ?? documentRemove?.document;
    if (gone) this.documents.delete(gone);
    if (!targetChange) return;
    const { targetChangeType: type, readTime, resumeToken, targetIds } = targetChange;
    if (type === 'RESET' || type === 4) {
      this.isReset = true;
      this.documents.clear();
    }
    if (!readTime || (targetIds?.length ?? 0) > 0) return;
    this.snapshots++;
    this.resumeToken = resumeToken;
  }
}
