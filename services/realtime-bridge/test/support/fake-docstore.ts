import { failedPrecondition, invalidArgument, type StatusError } from '@telestack/errors';
import {
  DocstoreDefinition,
  type ReadTargetRequest,
  type ReadTargetResponse,
  type TargetAccess,
} from '@telestack/protos/telestack/docstore/v1/docstore.ts';
import { evaluateQuery, normalizeQuery } from '@telestack/query';
import {
  bindService,
  type CallContext,
  createClient,
  type Handlers,
  localChannel,
  type Outlet,
} from '@telestack/rpc';
import { documentName, parseDocumentName } from '@telestack/values';
import type { DocstoreClient } from '../../src/docstore/reader.ts';
import type { Timers } from '../../src/timers.ts';
import type { ModelDocument, ModelStore } from './model-store.ts';

/** ReadTarget over a model store, with latency and failures on order. It speaks the real contract, bytes included. */
export class FakeDocstore {
  readonly store: ModelStore;
  readonly client: DocstoreClient;
  readonly requests: ReadTargetRequest[] = [];
  readonly contexts: CallContext[] = [];
  /** Rows in a response. */
  chunk = 3;
  /** Microseconds; a read time that is older is refused. */
  retention = 3_600_000_000;
  /** Milliseconds before each response; called for each. */
  delay: () => number = () => 0;
  /** The error of the next response, if any. */
  failure: (request: ReadTargetRequest) => StatusError | undefined = () => undefined;
  /** What the rules say: throws to deny, else tells which documents they have looked at. */
  authorize: (request: ReadTargetRequest, context: CallContext, readTime: number) => Partial<TargetAccess> =
    () => ({});
  /** Commits by which reads of the newest state are behind. */
  lag = 0;
  /** How often somebody has asked for rights alone. */
  questions = 0;
  /** Reads that are under way. */
  running = 0;
  readonly #timers: Timers;

  constructor(store: ModelStore, timers: Timers) {
    this.store = store;
    this.#timers = timers;
    const handlers: Partial<Handlers<DocstoreDefinition>> = {
      readTarget: (request, context, out) => this.#readTarget(request, context, out),
      authorizeTarget: async (request, context) => {
        this.questions++;
        await this.#pause(context);
        const asked = { ...request, namesOnly: false };
        const rights = this.authorize(asked, context, request.readTime ?? this.store.time);
        return { documents: [], ownDocuments: false, time: false, release: '', owner: '', ...rights };
      },
    };
    const service = bindService(DocstoreDefinition, handlers as Handlers<DocstoreDefinition>);
    this.client = createClient(DocstoreDefinition, localChannel(service));
  }

  async #readTarget(
    request: ReadTargetRequest,
    context: CallContext,
    out: Outlet<ReadTargetResponse>,
  ): Promise<void> {
    this.requests.push(request);
    this.contexts.push(context);
    this.running++;
    try {
      await this.#pause(context);
      const readTime = this.#readTime(request);
      const rights = this.authorize(request, context, readTime);
      const access = { documents: [], ownDocuments: false, time: false, release: '', owner: '', ...rights };
      const own = ({ fields }: ModelDocument) => !access.owner || fields.owner_id === access.owner;
      const documents = this.#evaluate(request, readTime)
        .filter(own)
        .map((document) => ({
          name: documentName(this.store.database, document.path),
          fields: request.namesOnly ? {} : document.fields,
          createTime: document.createTime,
          updateTime: document.updateTime,
        }));
      for (let i = 0; i < Math.max(1, documents.length); i += this.chunk) {
        if (i > 0) await this.#pause(context);
        const failure = this.failure(request);
        if (failure) throw failure;
        out.send({
          readTime,
          documents: documents.slice(i, i + this.chunk),
          access: i === 0 ? access : undefined,
        });
      }
    } finally {
      this.running--;
    }
  }

  #pause(context: CallContext): Promise<void> | void {
    const delay = this.delay();
    if (delay <= 0) return;
    return new Promise((resolve, reject) => {
      const timer = this.#timers.setTimeout(() => {
        context.signal.removeEventListener('abort', stop);
        resolve();
      }, delay);
      const stop = () => {
        this.#timers.clearTimeout(timer);
        reject(context.signal.reason);
      };
      context.signal.addEventListener('abort', stop, { once: true });
    });
  }

  #readTime({ readTime }: ReadTargetRequest): number {
    if (readTime === undefined) return this.store.commits.at(-1 - this.lag)?.time ?? this.store.time;
    const now = this.#timers.now() * 1_000;
    if (readTime > Math.max(now, this.store.time) + 1_000_000)
      throw invalidArgument('The read time is in the future.');
    // What is the newest state can always be read.
    if (readTime < Math.min(now - this.retention, this.store.time))
      throw failedPrecondition('The requested snapshot version is too old.');
    this.store.advance(readTime);
    return readTime;
  }

  #evaluate({ parent, target }: ReadTargetRequest, readTime: number): ModelDocument[] {
    const documents = this.store.at(readTime);
    switch (target?.$case) {
      case 'query':
        return evaluateQuery(normalizeQuery(parent, target.query), documents);
      case 'documents': {
        const byPath = new Map(documents.map((document) => [document.path, document]));
        return target.documents.names.flatMap((name) => byPath.get(parseDocumentName(name).path) ?? []);
      }
      case undefined:
        throw invalidArgument('No target.');
    }
  }
}
