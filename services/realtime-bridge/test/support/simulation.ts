import { StatusError, unavailable } from '@telestack/errors';
import type { StructuredQuery } from '@telestack/protos/google/firestore/v1/query.ts';
import { evaluateQuery, normalizeQuery } from '@telestack/query';
import { type Document, databaseName, documentName, type Fields } from '@telestack/values';
import { DATABASE, Harness } from './harness.ts';
import type { ListenClient, Snapshot } from './listen-client.ts';
import { and, DESCENDING, equal, field, from, or, orderBy, query } from './queries.ts';

export type TargetSpec =
  | { readonly kind: 'query'; readonly query: StructuredQuery; readonly parent: string }
  | { readonly kind: 'documents'; readonly paths: readonly string[] };

const q = (part: Partial<StructuredQuery>, parent = ''): TargetSpec => ({
  kind: 'query',
  query: query(part),
  parent,
});
const int = (values: number[]) => values;

/** What clients listen to: every kind of result, with documents in common. */
export const TARGETS: readonly TargetSpec[] = [
  q(from('a')),
  q(from('b')),
  q({ ...from('a'), where: equal('k', 'x') }),
  q({ ...from('a'), where: equal('k', 'y') }),
  q({ ...from('a'), where: and(equal('k', 'x'), equal('n', 1)) }),
  q({ ...from('a'), where: field('k', 'IN', ['x', 'z']) }),
  q({ ...from('a'), where: or(equal('k', 'x'), field('n', 'GREATER_THAN', 3)) }),
  q({ ...from('a'), where: or(equal('k', 'y'), equal('n', 2)) }),
  q({ ...from('a'), where: field('n', 'GREATER_THAN_OR_EQUAL', 2), ...orderBy('n') }),
  q({ ...from('a'), ...orderBy('n'), limit: 1 }),
  q({ ...from('a'), ...orderBy('n'), limit: 3 }),
  q({ ...from('a'), ...orderBy('n', DESCENDING), limit: 2 }),
  q({ ...from('a'), ...orderBy('n'), offset: 1, limit: 2 }),
  q({ ...from('a'), ...orderBy('n'), offset: 2 }),
  q({ ...from('a'), where: equal('k', 'x'), ...orderBy('n', DESCENDING), limit: 2 }),
  q({ ...from('a'), limit: 2 }),
  q({ ...from('a'), ...orderBy('n'), startAt: { values: int([2]), before: true } }),
  q({ ...from('a'), ...orderBy('n'), startAt: { values: int([1]), before: false }, limit: 2 }),
  q(from('a', true)),
  q({ ...from('a', true), where: equal('k', 'x'), limit: 2 }),
  q(from('', true), 'a/1'),
  { kind: 'documents', paths: ['a/1'] },
  { kind: 'documents', paths: ['a/2', 'b/1', 'a/none'] },
];

export const PATHS = [
  'a/1',
  'a/2',
  'a/3',
  'a/4',
  'a/5',
  'a/6',
  'a/7',
  'b/1',
  'b/2',
  'a/1/a/1',
  'a/1/a/2',
  'b/1/a/1',
];

export type Action =
  | { readonly do: 'commit'; readonly writes: readonly { path: string; fields: Fields | undefined }[] }
  | { readonly do: 'publish'; readonly partSize: number; readonly references: boolean }
  | { readonly do: 'lose' | 'wipe' | 'hold' | 'deliver' | 'restart' | 'heartbeat' }
  | { readonly do: 'add'; readonly client: number; readonly target: number }
  | { readonly do: 'remove'; readonly client: number; readonly target: number }
  | { readonly do: 'reconnect'; readonly client: number; readonly counts: boolean; readonly byTime: boolean }
  | { readonly do: 'pause' | 'unpause' | 'take'; readonly client: number }
  | { readonly do: 'wait'; readonly milliseconds: number }
  | { readonly do: 'latency'; readonly milliseconds: number }
  | { readonly do: 'failures' | 'lag'; readonly count: number }
  | { readonly do: 'retention'; readonly milliseconds: number };

/** One user of the database: keeps what it knows over reconnects, as SDKs do. */
interface User {
  client: ListenClient;
  /** Targets that it wants, by id. */
  readonly wanted: Map<number, TargetSpec>;
  nextId: number;
  /** The last snapshot of each target. */
  readonly known: Map<number, { readTime: number; token: Buffer; documents: ReadonlyMap<string, Document> }>;
}

const HOUR = 3_600_000_000;

/** Runs actions against a bridge and holds every snapshot against the model store's state at its read time. */
export class Simulation {
  readonly harness: Harness;
  readonly users: User[] = [];
  snapshots = 0;
  #failures = 0;
  #latency = 0;
  readonly #random: () => number;

  constructor(seed: number, eventBufferSize: number) {
    this.#random = mulberry32(seed);
    this.harness = new Harness(
      { eventBufferSize, connectionTimeout: 600_000, readConcurrency: 3 },
      this.#random,
    );
    this.harness.docstore.delay = () => Math.floor(this.#random() * this.#latency);
    this.harness.docstore.failure = () => (this.#failures-- > 0 ? unavailable('not now') : undefined);
    for (let i = 0; i < 3; i++) this.users.push(this.#newUser());
  }

  async run(actions: readonly Action[]): Promise<void> {
    for (const action of actions) {
      await this.#perform(action);
      await this.#look();
    }
    await this.#calm();
  }

  async #perform(action: Action): Promise<void> {
    const { harness } = this;
    const { changes, store, docstore } = harness;
    switch (action.do) {
      case 'commit':
        store.commit(action.writes);
        return;
      case 'heartbeat':
        store.heartbeat();
        return;
      case 'publish':
        changes.publish({
          partSize: action.partSize,
          isReference: action.references ? () => this.#random() < 0.3 : undefined,
        });
        return;
      case 'lose':
        changes.lose();
        return;
      case 'wipe':
        changes.wipe();
        return;
      case 'hold':
        changes.isDelivering = false;
        return;
      case 'deliver':
        changes.resume();
        return;
      case 'restart':
        changes.resume();
        await harness.restart();
        return;
      case 'wait':
        await harness.timers.advance(action.milliseconds);
        return;
      case 'latency':
        this.#latency = action.milliseconds;
        return;
      case 'failures':
        this.#failures = action.count;
        return;
      case 'lag':
        docstore.lag = action.count;
        return;
      case 'retention':
        docstore.retention = action.milliseconds * 1_000;
        return;
      default:
        this.#performFor(this.users[action.client]!, action);
    }
  }

  #performFor(user: User, action: Extract<Action, { client: number }>): void {
    const { client } = user;
    switch (action.do) {
      case 'add': {
        const id = user.nextId++;
        user.wanted.set(id, TARGETS[action.target]!);
        this.#add(user, id);
        return;
      }
      case 'remove': {
        const id = [...user.wanted.keys()][action.target % Math.max(1, user.wanted.size)];
        if (id === undefined) return;
        user.wanted.delete(id);
        user.known.delete(id);
        client.remove(id);
        return;
      }
      case 'reconnect':
        client.abort();
        this.#reconnect(user, action.counts, action.byTime);
        return;
      case 'pause':
        client.outlet.highWater = 200;
        client.outlet.pause();
        return;
      case 'take':
        client.outlet.take(2);
        return;
      case 'unpause':
        client.outlet.resume();
        return;
    }
  }

  /** What SDKs do of themselves: come back after an error, ask again after a filter that did not fit. */
  async #look(): Promise<void> {
    await this.harness.settle();
    this.harness.check();
    for (const user of this.users) {
      const { client } = user;
      if (client.ended instanceof StatusError) {
        if (client.ended.code !== 14) throw client.ended;
        this.#reconnect(user, true, false);
        continue;
      }
      for (const id of client.mismatches) {
        client.mismatches.delete(id);
        user.known.delete(id);
        if (!user.wanted.has(id)) continue;
        client.remove(id);
        this.#add(user, id);
      }
      for (const [id, cause] of client.removed) {
        if (cause) throw new Error(`target ${id} failed: ${cause.message}`);
      }
    }
  }

  /** When everything is well again, every client comes to the newest state. */
  async #calm(): Promise<void> {
    const { harness } = this;
    this.#latency = 0;
    this.#failures = 0;
    harness.docstore.lag = 0;
    harness.docstore.retention = HOUR;
    harness.changes.resume();
    for (const { client } of this.users) client.outlet.resume();
    for (let i = 0; i < 8; i++) {
      harness.store.heartbeat();
      harness.changes.publish();
      await harness.timers.advance(5_000);
      await this.#look();
      for (const { client } of this.users) client.outlet.resume();
    }
    for (const { client, wanted } of this.users) {
      for (const id of wanted.keys()) {
        if (!client.targets.get(id)?.isCurrent) throw new Error(`target ${id} never became current`);
        const documents = client.lastSnapshot?.targets.get(id);
        if (!documents) throw new Error(`target ${id} is in no snapshot`);
      }
      if (wanted.size === 0) continue;
      this.#compare(client.lastSnapshot!, wanted, harness.store.time);
    }
  }

  #newUser(): User {
    const user: User = { client: this.harness.client(), wanted: new Map(), nextId: 1, known: new Map() };
    this.#watch(user);
    return user;
  }

  #watch(user: User): void {
    const { client } = user;
    client.onSnapshot = (snapshot) => {
      this.snapshots++;
      this.#compare(snapshot, user.wanted, snapshot.readTime);
      if (user.client !== client) return;
      for (const [id, documents] of snapshot.targets) {
        user.known.set(id, { readTime: snapshot.readTime, token: snapshot.resumeToken, documents });
      }
    };
  }

  #add(user: User, id: number): void {
    const spec = user.wanted.get(id)!;
    if (spec.kind === 'query') user.client.addQuery(id, spec.query, {}, spec.parent);
    else user.client.addDocuments(id, spec.paths);
  }

  #reconnect(user: User, counts: boolean, byTime: boolean): void {
    user.client = this.harness.client();
    this.#watch(user);
    for (const [id, spec] of user.wanted) {
      const known = user.known.get(id);
      const options = known && {
        resumeType: byTime
          ? ({ $case: 'readTime', readTime: known.readTime } as const)
          : ({ $case: 'resumeToken', resumeToken: known.token } as const),
        expectedCount: counts ? known.documents.size : undefined,
      };
      if (spec.kind === 'query') user.client.addQuery(id, spec.query, options, spec.parent);
      else user.client.addDocuments(id, spec.paths, options);
      if (known) user.client.adopt(id, known.documents);
    }
  }

  #compare(snapshot: Snapshot, wanted: ReadonlyMap<number, TargetSpec>, time: number): void {
    const documents = this.harness.store.at(time);
    for (const [id, actual] of snapshot.targets) {
      const spec = wanted.get(id);
      if (!spec) continue;
      const expected =
        spec.kind === 'query'
          ? evaluateQuery(normalizeQuery(parentOf(spec), spec.query), documents)
          : documents.filter(({ path }) => spec.paths.includes(path));
      const told = describe([...actual.values()].map(({ name, ...rest }) => ({ name, ...rest })));
      const true_ = describe(
        expected.map(({ path, ...rest }) => ({ name: documentName(DATABASE, path), ...rest })),
      );
      if (told !== true_) {
        throw new Error(`target ${id} (${JSON.stringify(spec)}) at ${time}:\n told ${told}\n true ${true_}`);
      }
    }
  }
}

const parentOf = ({ parent }: { parent: string }): string =>
  `${databaseName(DATABASE)}/documents${parent && `/${parent}`}`;

function describe(
  documents: readonly { name: string; updateTime: number | undefined; fields: Fields }[],
): string {
  return documents
    .map(({ name, fields, updateTime }) => `${name}@${updateTime}${JSON.stringify(fields)}`)
    .sort()
    .join('\n      ');
}

function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
