import { createHash } from 'node:crypto';
import { StatusError } from '@telestack/errors';
import type { BloomFilter } from '@telestack/protos/google/firestore/v1/bloom_filter.ts';
import {
  ListenRequest,
  ListenResponse,
  type Target,
  type TargetChange,
  TargetChange_TargetChangeType as Type,
} from '@telestack/protos/google/firestore/v1/firestore.ts';
import type { StructuredQuery } from '@telestack/protos/google/firestore/v1/query.ts';
import { ADMIN, MessageQueue, type Principal } from '@telestack/rpc';
import { type Document, databaseName } from '@telestack/values';
import type { Bridge } from '../../src/bridge.ts';
import { TestOutlet } from './test-outlet.ts';

export interface ClientTarget {
  readonly id: number;
  isCurrent: boolean;
  /** Names of the documents that the target has. */
  readonly names: Set<string>;
  resumeToken: Buffer | undefined;
}

export interface Snapshot {
  /** Microseconds. */
  readonly readTime: number;
  readonly resumeToken: Buffer;
  /** The documents of each current target, by name. */
  readonly targets: ReadonlyMap<number, ReadonlyMap<string, Document>>;
}

export const METHOD = '/telestack.realtime.v1.Realtime/Listen';

/**
 * What an SDK makes of a Listen stream: targets are sets of names over one cache of documents; a snapshot is what they are at a global
 * target change with a read time. Throws at what a client must never see.
 */
export class ListenClient {
  readonly outlet: TestOutlet;
  readonly log: string[] = [];
  readonly messages: ListenResponse[] = [];
  readonly snapshots: Snapshot[] = [];
  readonly targets = new Map<number, ClientTarget>();
  /** Documents by name; undefined where a document is known to be gone. */
  readonly cache = new Map<string, Document | undefined>();
  readonly removed = new Map<number, { code: number; message: string } | undefined>();
  /** Targets whose filter did not fit: an SDK asks for them again. */
  readonly mismatches = new Set<number>();
  onSnapshot: (snapshot: Snapshot) => void = () => {};
  /** How the call ended. */
  ended: 'ok' | StatusError | undefined;
  readonly #database: string;
  readonly #requests = new MessageQueue<Uint8Array>(1_000);
  readonly #abort = new AbortController();
  /** Answers that are due, by target. */
  readonly #adds = new Map<number, number>();
  readonly #removes = new Map<number, number>();
  failure: unknown;

  constructor(bridge: Bridge, database: string, principal: Principal = ADMIN) {
    this.#database = database;
    this.outlet = new TestOutlet((bytes) => {
      try {
        this.#receive(ListenResponse.decode(bytes));
      } catch (error) {
        this.failure ??= error;
      }
    });
    const method = bridge.service.get(METHOD);
    if (method?.kind !== 'bidi') throw new Error('no Listen');
    method.call(this.#requests, { principal, signal: this.#abort.signal }, this.outlet).then(
      () => {
        this.ended = 'ok';
      },
      (error) => {
        this.ended = error;
        this.outlet.close(error);
      },
    );
  }

  addQuery(id: number, query: Partial<StructuredQuery>, options: Partial<Target> = {}, parent = ''): void {
    const structuredQuery: StructuredQuery = {
      select: undefined,
      from: [],
      where: undefined,
      orderBy: [],
      startAt: undefined,
      endAt: undefined,
      offset: 0,
      limit: undefined,
      findNearest: undefined,
      ...query,
    };
    const path = `${databaseName(this.#database)}/documents${parent && `/${parent}`}`;
    const queryType = { $case: 'structuredQuery', structuredQuery } as const;
    this.add(id, { $case: 'query', query: { parent: path, queryType } }, options);
  }

  addDocuments(id: number, paths: readonly string[], options: Partial<Target> = {}): void {
    const documents = paths.map((path) => `${databaseName(this.#database)}/documents/${path}`);
    this.add(id, { $case: 'documents', documents: { documents } }, options);
  }

  add(id: number, targetType: Target['targetType'], options: Partial<Target> = {}): void {
    this.#adds.set(id, (this.#adds.get(id) ?? 0) + 1);
    this.removed.delete(id);
    this.targets.set(id, newTarget(id));
    const addTarget: Target = {
      targetType,
      resumeType: undefined,
      targetId: id,
      once: false,
      expectedCount: undefined,
      ...options,
    };
    this.send({ targetChange: { $case: 'addTarget', addTarget } });
  }

  /** What the client has of a target, for one that resumes. */
  adopt(id: number, documents: ReadonlyMap<string, Document>): void {
    const target = this.targets.get(id)!;
    for (const [name, document] of documents) {
      target.names.add(name);
      const cached = this.cache.get(name);
      if (!cached || cached.updateTime! < document.updateTime!) this.cache.set(name, document);
    }
  }

  /** Targets whose ids the server chooses. */
  expectAdds(...targetIds: number[]): void {
    for (const id of targetIds) {
      this.#adds.set(id, 1);
      this.targets.set(id, newTarget(id));
    }
  }

  remove(id: number): void {
    this.#removes.set(id, (this.#removes.get(id) ?? 0) + 1);
    this.send({ targetChange: { $case: 'removeTarget', removeTarget: id } });
  }

  send(request: Partial<ListenRequest>): void {
    this.sendBytes(
      ListenRequest.encode({
        database: databaseName(this.#database),
        targetChange: undefined,
        labels: {},
        ...request,
      }).finish(),
    );
  }

  sendBytes(bytes: Uint8Array): void {
    this.#requests.push(bytes);
  }

  /** No more requests. */
  finish(): void {
    this.#requests.end();
  }

  /** The connection breaks. */
  abort(): void {
    const reason = new StatusError(1, 'cancelled');
    this.#abort.abort(reason);
    this.outlet.close(reason);
  }

  get lastSnapshot(): Snapshot | undefined {
    return this.snapshots.at(-1);
  }

  /** Names (the part behind the database) that a target has, in their order. */
  paths(id: number): string[] {
    const prefix = `${databaseName(this.#database)}/documents/`.length;
    return [...this.targets.get(id)!.names].map((name) => name.slice(prefix)).sort();
  }

  /** A short account of the messages since the last call. */
  takeLog(): string[] {
    return this.log.splice(0);
  }

  #receive(message: ListenResponse): void {
    this.messages.push(message);
    const prefix = `${databaseName(this.#database)}/documents/`.length;
    const { responseType } = message;
    switch (responseType?.$case) {
      case 'targetChange':
        this.#onTargetChange(responseType.targetChange);
        break;
      case 'documentChange': {
        const { document, targetIds, removedTargetIds } = responseType.documentChange;
        if (!document) throw new Error('a change without a document');
        this.log.push(
          `change ${document.name.slice(prefix)} ${JSON.stringify(document.fields)}${ids('in', targetIds)}${ids('out', removedTargetIds)}`,
        );
        this.cache.set(document.name, document);
        for (const id of targetIds) this.#active(id)?.names.add(document.name);
        for (const id of removedTargetIds) this.#active(id)?.names.delete(document.name);
        break;
      }
      case 'documentDelete': {
        const { document, removedTargetIds, readTime } = responseType.documentDelete;
        if (!readTime) throw new Error('a delete without a read time');
        this.log.push(`delete ${document.slice(prefix)}${ids('out', removedTargetIds)}`);
        this.cache.set(document, undefined);
        for (const id of removedTargetIds) this.#active(id)?.names.delete(document);
        break;
      }
      case 'documentRemove': {
        const { document, removedTargetIds } = responseType.documentRemove;
        this.log.push(`remove ${document.slice(prefix)}${ids('out', removedTargetIds)}`);
        for (const id of removedTargetIds) this.#active(id)?.names.delete(document);
        break;
      }
      case 'filter':
        this.log.push(`filter ${responseType.filter.targetId} count ${responseType.filter.count}`);
        this.#onFilter(
          responseType.filter.targetId,
          responseType.filter.count,
          responseType.filter.unchangedNames,
        );
        break;
      default:
        throw new Error('an empty response');
    }
  }

  #onTargetChange(change: TargetChange): void {
    const { targetChangeType, targetIds, readTime, cause } = change;
    const resumeToken = Buffer.from(change.resumeToken);
    const name = Object.entries(Type).find(([, value]) => value === targetChangeType)![0];
    this.log.push(
      `${name}${ids('', targetIds)}${cause ? ` ${cause.code} ${cause.message}` : ''}${readTime ? ' @' : ''}`,
    );
    switch (targetChangeType) {
      case Type.ADD:
        for (const id of targetIds) this.#acknowledge(this.#adds, id);
        break;
      case Type.REMOVE:
        for (const id of targetIds) {
          if (!cause && (this.#removes.get(id) ?? 0) > 0) this.#acknowledge(this.#removes, id);
          this.removed.set(id, cause);
          // An SDK that asks for a target again does not wait for the answer to its removal.
          if ((this.#adds.get(id) ?? 0) > 0) this.targets.set(id, newTarget(id));
          else this.targets.delete(id);
        }
        break;
      case Type.CURRENT:
        if (!readTime || resumeToken.length === 0) throw new Error('CURRENT without a read time or a token');
        for (const id of targetIds) {
          const target = this.#active(id);
          if (target) target.isCurrent = true;
        }
        break;
      case Type.RESET:
        for (const id of targetIds) {
          const target = this.#active(id);
          if (!target) continue;
          target.names.clear();
          target.isCurrent = false;
        }
        break;
      default:
        if (targetIds.length > 0) throw new Error('NO_CHANGE for some targets');
        if (readTime) this.#onReadTime(readTime, resumeToken);
    }
  }

  /** What a target that the client has not asked for, or one answer more than requests, is worth. */
  #acknowledge(due: Map<number, number>, id: number): void {
    const count = due.get(id) ?? 0;
    if (count === 0) throw new Error(`one answer too many for target ${id}`);
    due.set(id, count - 1);
  }

  /** A target that the client has asked for and not removed since; what comes for others is from before. */
  #active(id: number): ClientTarget | undefined {
    const target = this.targets.get(id);
    if (!target && (this.#removes.get(id) ?? 0) === 0)
      throw new Error(`a message for target ${id}, which is unknown`);
    return (this.#removes.get(id) ?? 0) > 0 ? undefined : target;
  }

  #onReadTime(readTime: number, resumeToken: Buffer): void {
    if (resumeToken.length === 0) throw new Error('a snapshot without a resume token');
    const last = this.lastSnapshot?.readTime ?? 0;
    if (readTime < last) throw new Error(`the read time goes back from ${last} to ${readTime}`);
    const targets = new Map<number, Map<string, Document>>();
    for (const target of this.targets.values()) {
      if (!target.isCurrent || this.mismatches.has(target.id) || !this.#active(target.id)) continue;
      target.resumeToken = resumeToken;
      const documents = new Map<string, Document>();
      for (const name of target.names) {
        const document = this.cache.get(name);
        if (!document) throw new Error(`target ${target.id} has ${name}, which nobody has seen`);
        documents.set(name, document);
      }
      targets.set(target.id, documents);
    }
    const snapshot = { readTime, resumeToken, targets };
    this.snapshots.push(snapshot);
    this.onSnapshot(snapshot);
  }

  #onFilter(id: number, count: number, filter: BloomFilter | undefined): void {
    const target = this.#active(id);
    if (!target || target.names.size === count) return;
    for (const name of [...target.names]) {
      if (filter && !mightContain(filter, name)) target.names.delete(name);
    }
    if (target.names.size !== count) this.mismatches.add(id);
  }
}

const newTarget = (id: number): ClientTarget => ({
  id,
  isCurrent: false,
  names: new Set(),
  resumeToken: undefined,
});

const ids = (label: string, list: readonly number[]): string =>
  list.length === 0 ? '' : ` ${label}[${[...list].sort((a, b) => a - b).join(',')}]`;

/** From the description in bloom_filter.proto, by other means than the bridge's. */
export function mightContain({ bits, hashCount }: BloomFilter, name: string): boolean {
  const { bitmap, padding } = bits!;
  const size = BigInt(bitmap.length * 8 - padding);
  const digest = createHash('md5').update(name, 'utf8').digest();
  const [h1, h2] = [digest.readBigUInt64LE(0), digest.readBigUInt64LE(8)];
  return Array.from({ length: hashCount }, (_, i) => ((h1 + BigInt(i) * h2) % 2n ** 64n) % size).every(
    (bit) => (bitmap[Number(bit / 8n)]! & (1 << Number(bit % 8n))) !== 0,
  );
}
