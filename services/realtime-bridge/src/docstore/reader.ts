import { deadlineExceeded, unavailable } from '@telestack/errors';
import type {
  DocstoreDefinition,
  ReadTargetRequest,
  TargetAccess,
} from '@telestack/protos/telestack/docstore/v1/docstore.ts';
import { ADMIN, type Client, type Principal } from '@telestack/rpc';
import { databaseName, documentName } from '@telestack/values';
import { Backoff } from '../backoff.ts';
import type { BridgeConfig } from '../config.ts';
import { DocumentState } from '../feed/document-state.ts';
import type { Timers } from '../timers.ts';
import { isPermanent, isReadTimeRefused, ReadTimeError } from './errors.ts';
import { Semaphore } from './semaphore.ts';

export type DocstoreClient = Pick<Client<DocstoreDefinition>, 'readTarget' | 'authorizeTarget'>;

/** What to read; `ReadTargetRequest` without the time. */
export type ReadSpec = Pick<ReadTargetRequest, 'parent' | 'target'>;

export interface ReadOptions {
  readonly database: string;
  readonly principal: Principal;
  readonly namesOnly: boolean;
  readonly signal: AbortSignal;
  /** Microseconds. Absent: the newest state. */
  readonly readTime?: number;
  /** A newest state that is older than this does not do: then it is read at this time. Asked when the answer is there: it may rise until `onStart`. */
  readonly floor?: () => number;
  /** Called right before the docstore is asked: what was committed until then will be in the result. */
  readonly onStart?: () => void;
  /** The rules of this time (microseconds) or later ones decide. */
  readonly releasedTime?: number | undefined;
}

export interface RowChunk {
  /** The same in every chunk. */
  readonly readTime: number;
  readonly rows: DocumentState[];
  /** What the right to see them depends on; where the docstore has said so with these rows. */
  readonly access?: TargetAccess | undefined;
}

/** Between tries to read; milliseconds. */
export const READ_BACKOFF = { min: 50, max: 5_000 };

/** Reads from the docstore: a limited number at a time, again after failures that pass. */
export class DocstoreReader {
  readonly #docstore: DocstoreClient;
  readonly #timers: Timers;
  readonly #config: BridgeConfig;
  readonly #onRetry: (error: unknown) => void;
  readonly #slots: Semaphore;

  constructor(
    docstore: DocstoreClient,
    timers: Timers,
    config: BridgeConfig,
    onRetry: (error: unknown) => void,
  ) {
    this.#docstore = docstore;
    this.#timers = timers;
    this.#config = config;
    this.#onRetry = onRetry;
    this.#slots = new Semaphore(config.readConcurrency);
  }

  /**
   * A target's result in order; at least one chunk. After a failure it goes on where it was, at the same read time.
   * @throws ReadTimeError when the docstore does not read at that time (any more), StatusErrors that are permanent, UNAVAILABLE after
   * `readRetryLimit`, the signal's reason.
   */
  async *read(spec: ReadSpec, options: ReadOptions): AsyncGenerator<RowChunk, void, void> {
    const { signal, floor = () => 0 } = options;
    let readTime = options.readTime;
    let started = false;
    let done = 0;
    const backoff = new Backoff(this.#timers, READ_BACKOFF);
    for (;;) {
      try {
        let skip = done;
        let isTooOld = false;
        for await (const chunk of this.#attempt(spec, options, readTime)) {
          isTooOld = readTime === undefined && chunk.readTime < floor();
          if (isTooOld) break;
          readTime = chunk.readTime;
          backoff.reset();
          const rows = chunk.rows.slice(skip);
          skip -= chunk.rows.length - rows.length;
          if (started && rows.length === 0) continue;
          started = true;
          done += rows.length;
          yield { readTime, rows, access: chunk.access };
        }
        if (!isTooOld) return;
        readTime = floor();
        continue;
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (readTime !== undefined && isReadTimeRefused(error)) {
          if (started || options.readTime !== undefined) {
            throw new ReadTimeError('The docstore does not read at this time.', { cause: error });
          }
          // The floor is a commit's time: a clock may be behind it for a moment.
          readTime = undefined;
        } else if (isPermanent(error)) throw error;
        if (backoff.elapsed > this.#config.readRetryLimit) {
          throw unavailable('The query could not be read. Please try again.', { cause: error });
        }
        this.#onRetry(error);
      }
      await backoff.wait(signal);
    }
  }

  /** What the right to see a target depends on, as of `readTime` (microseconds). One try. @throws StatusError PERMISSION_DENIED and others */
  async authorize(
    { parent, target }: ReadSpec,
    options: Pick<ReadOptions, 'principal' | 'signal' | 'releasedTime'> & { readonly readTime: number },
  ): Promise<TargetAccess> {
    const { principal, signal, readTime, releasedTime } = options;
    const release = await this.#slots.acquire(signal);
    const call = new AbortController();
    const stop = () => call.abort(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    try {
      const request = { parent, target, readTime, releasedTime };
      const context = { principal, signal: call.signal };
      return await this.#withTimeout(this.#docstore.authorizeTarget(request, context), call.signal);
    } finally {
      signal.removeEventListener('abort', stop);
      call.abort();
      release();
    }
  }

  /**
   * Documents by path as they were at `readTime`; missing ones are absent. For documents that a query of the caller has vouched for, hence
   * with full rights. Throws as `read` does.
   */
  async fetch(
    database: string,
    paths: readonly string[],
    readTime: number,
    signal: AbortSignal,
    namesOnly = false,
  ): Promise<Map<string, DocumentState>> {
    const found = new Map<string, DocumentState>();
    const names = paths.map((path) => documentName(database, path));
    const spec: ReadSpec = {
      parent: `${databaseName(database)}/documents`,
      target: { $case: 'documents', documents: { names } },
    };
    const options = { database, principal: ADMIN, namesOnly, signal, readTime };
    for await (const { rows } of this.read(spec, options)) {
      for (const row of rows) found.set(row.path, row);
    }
    return found;
  }

  /** As `fetch`, without the documents' fields. */
  fetchNames(
    database: string,
    paths: readonly string[],
    readTime: number,
    signal: AbortSignal,
  ): Promise<Map<string, DocumentState>> {
    return this.fetch(database, paths, readTime, signal, true);
  }

  async *#attempt(
    { parent, target }: ReadSpec,
    { database, principal, namesOnly, signal, onStart, releasedTime }: ReadOptions,
    readTime: number | undefined,
  ): AsyncGenerator<RowChunk, void, void> {
    const release = await this.#slots.acquire(signal);
    onStart?.();
    const call = new AbortController();
    const stop = () => call.abort(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    const prefix = documentName(database, '').length + 1;
    const request = { parent, target, readTime, namesOnly, releasedTime };
    const responses = this.#docstore.readTarget(request, { principal, signal: call.signal });
    const iterator = responses[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await this.#withTimeout(iterator.next(), call.signal);
        if (next.done) return;
        const { readTime: time = 0, documents, access } = next.value;
        const rows = documents.map((document) =>
          DocumentState.ofDocument(database, document.name.slice(prefix), document, namesOnly),
        );
        yield { readTime: time, rows, access };
      }
    } finally {
      signal.removeEventListener('abort', stop);
      call.abort();
      iterator.return?.().catch(() => {});
      release();
    }
  }

  /** A channel may be slow to notice that its call was given up, so nothing waits for it longer than this. */
  #withTimeout<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = this.#timers.setTimeout(
        () => settle(() => reject(deadlineExceeded('The docstore did not answer in time.'))),
        this.#config.readTimeout,
      );
      const onAbort = () => settle(() => reject(signal.reason));
      const settle = (how: () => void) => {
        this.#timers.clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        how();
      };
      signal.addEventListener('abort', onAbort, { once: true });
      promise.then(
        (value) => settle(() => resolve(value)),
        (error) => settle(() => reject(error)),
      );
    });
  }
}
