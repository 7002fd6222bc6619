import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Code, resourceExhausted, StatusError, toStatusError, unavailable } from '@telestack/errors';
import type { Queryable } from '../database.ts';
import { giveInTurns } from '../give-in-turns.ts';
import type { DocumentState } from './apply.ts';
import {
  type BatchId,
  type BatchResult,
  endingTransactions,
  executePlan,
  findBatch,
  readStates,
} from './execute.ts';
import { needsRead } from './operation.ts';
import { contention, type Plan, planCommits } from './plan.ts';
import { RememberedDocuments } from './remembered.ts';
import {
  type CommitRequest,
  type CommitResult,
  type DocumentKey,
  keyText,
  type WriteResult,
} from './request.ts';

export interface CommitterOptions {
  /** Whether a failed statement may have been executed all the same: the connection broke before the answer. */
  isConnectionError(error: unknown): boolean;
  /** Microseconds since the epoch. */
  now(): number;
  /** Commits that may wait; more are refused with RESOURCE_EXHAUSTED. */
  queueLimit?: number;
}

const QUEUE_LIMIT = 20_000;
/** A group is large enough to spread one fsync over many commits and small enough not to delay the first of them. */
const GROUP_COMMITS = 256;
const GROUP_WRITES = 1_000;
/**
 * So many commits are not split: half of what waits goes first when more wait, for the callers of one half have their next commits ready when
 * the other half is done. All together, callers and PostgreSQL would take turns (64 in flight: 56 and 8 alternate, 22 ms; two times 32, 15 ms).
 */
const WHOLE_COMMITS = 32;
/** How often a commit is computed again because a document changed between its read and its write. */
const ATTEMPTS = 12;
/** A SQL writer that holds a row makes a group fail after 50 ms in the database; so long is it tried. */
const ROW_LOCK_ATTEMPTS = 20;
const RECOVERY_MS = 15_000;

interface Waiting {
  readonly request: CommitRequest;
  readonly resolve: (result: CommitResult) => void;
  readonly reject: (error: StatusError) => void;
  attempts: number;
}

/**
 * Commits in groups: what arrives while a group is on its way to PostgreSQL makes up the next one. One group at a time, since the sequencer
 * admits no more (docs/decisions/0001-sequencer.md).
 */
export class Committer {
  readonly #database: Queryable;
  readonly #options: CommitterOptions;
  readonly #id = randomUUID();
  readonly #remembered = new RememberedDocuments();
  #batch = 0;
  #queue: Waiting[] = [];
  #running: Promise<void> | undefined;
  /** Commits that will be tried again. */
  readonly #postponed = new Set<Promise<void>>();

  constructor(database: Queryable, options: CommitterOptions) {
    this.#database = database;
    this.#options = options;
  }

  /**
   * Commits atomically.
   * @throws StatusError of the first operation that fails; ABORTED when a transaction's reads no longer hold; UNAVAILABLE when it is
   * unknown whether PostgreSQL has committed.
   */
  commit(request: CommitRequest): Promise<CommitResult> {
    if (this.#queue.length >= (this.#options.queueLimit ?? QUEUE_LIMIT)) {
      return Promise.reject(resourceExhausted('Too many commits are waiting. Please try again.'));
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ request, resolve, reject, attempts: 0 });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when every accepted commit has ended. */
  async drain(): Promise<void> {
    while (this.#running || this.#postponed.size > 0) await (this.#running ?? Promise.race(this.#postponed));
  }

  async #run(): Promise<void> {
    // Let what this turn of the event loop still brings join the first group.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#queue.length > 0) {
      const group = this.#nextGroup();
      try {
        await this.#commitGroup(group);
      } catch (thrown) {
        await this.#recover(group, thrown);
      }
    }
    this.#running = undefined;
  }

  #nextGroup(): Waiting[] {
    let writes = 0;
    let count = 0;
    const most = Math.min(GROUP_COMMITS, Math.max(WHOLE_COMMITS, Math.ceil(this.#queue.length / 2)));
    for (const { request } of this.#queue) {
      // The queries of a transaction are checked against what is stored, so nothing may go before it in its group.
      const alone = (request.readSet?.queries.length ?? 0) > 0;
      writes += request.operations.length;
      if (count > 0 && (alone || count >= most || writes > GROUP_WRITES)) break;
      count++;
      if (alone) break;
    }
    return this.#queue.splice(0, count);
  }

  async #commitGroup(group: Waiting[]): Promise<void> {
    const requests = group.map(({ request }) => request);
    const plan = await this.#plan(requests);
    if (!plan.outcomes.some(({ kind }) => kind === 'planned')) return settle(group, plan, undefined);

    const result = await this.#execute(requests, plan);
    if (result.time === undefined) return this.#retry(group, plan, result);
    this.#remember(plan, result.time, result.unchanged);
    settle(group, plan, result);
    this.#queue.unshift(...group.filter((_, i) => plan.outcomes[i]!.kind === 'postponed'));
  }

  /** Reads what the commits need to be computed from, and what their guards ask for when they have seen it. */
  async #plan(requests: readonly CommitRequest[]): Promise<Plan> {
    const requestTime = this.#options.now();
    const stored = new Map<string, DocumentState | undefined>();
    let remembered = new Map<string, DocumentKey>();
    for (const key of await this.#lookUp(documentsToRead(requests), stored))
      remembered.set(keyText(key), key);
    for (;;) {
      const plan = planCommits(requests, stored, requestTime);
      const isRefused = plan.outcomes.some(({ kind }) => kind === 'failed');
      if (plan.outcomes.some(({ kind }) => kind === 'unread')) {
        // Each round has documents that were not known before, and rules may look at a limited number: it ends.
        const wanted = lookedAt(requests).filter((key) => !stored.has(keyText(key)));
        for (const key of await this.#lookUp(wanted, stored)) remembered.set(keyText(key), key);
      } else if (isRefused && remembered.size > 0) {
        // Nobody checks a refusal later: who is refused is refused by what is stored.
        await this.#read([...remembered.values()], stored);
        remembered = new Map();
      } else return plan;
    }
  }

  /** Adds documents to `stored`. @returns those that are only remembered */
  async #lookUp(
    keys: readonly DocumentKey[],
    stored: Map<string, DocumentState | undefined>,
  ): Promise<DocumentKey[]> {
    const [known, unknown]: [DocumentKey[], DocumentKey[]] = [[], []];
    for (const key of keys) {
      const found = this.#remembered.get(keyText(key));
      if (found) stored.set(keyText(key), found.state);
      (found ? known : unknown).push(key);
    }
    await this.#read(unknown, stored);
    return known;
  }

  /** What was remembered of a document is now what the commit has made of it. */
  #remember({ writes }: Plan, time: number, unchanged: BatchResult['unchanged']): void {
    writes.forEach(({ key, commit, fields, data }, i) => {
      const document = keyText(key);
      if (this.#remembered.get(document) === undefined) return;
      const state = fields && { fields, updateTime: unchanged.get(i) ?? time + commit };
      this.#remembered.set(document, state, data?.length);
    });
  }

  async #read(keys: readonly DocumentKey[], stored: Map<string, DocumentState | undefined>): Promise<void> {
    for (const [document, state] of await readStates(this.#database, keys)) {
      stored.set(document, state);
      this.#remembered.set(document, state);
    }
  }

  /** A check failed: transactions whose reads no longer hold are over, everything else is computed again. */
  #retry(group: Waiting[], plan: Plan, result: BatchResult): void {
    const over = new Set(result.failedChecks.map((i) => plan.checks[i]!.request));
    for (const i of result.failedChecks) this.#remembered.delete(keyText(plan.checks[i]!.key));
    const ending = endingTransactions(
      group.map(({ request }) => request),
      plan,
    );
    const repeated = new Set(result.repeated.map((i) => ending[i]!));
    // Who only shares the group has not failed.
    const changed = new Set(result.failedChecks.map((i) => keyText(plan.checks[i]!.key)));
    const concerned = new Set(group.filter(({ request }) => dependsOn(request, changed)));
    const again = group.filter((waiting, i) => {
      if (repeated.has(i)) {
        waiting.reject(new CommittedBefore());
        return false;
      }
      const lost =
        over.has(i) || (result.failedQueries.length > 0 && waiting.request.readSet?.queries.length);
      if (concerned.has(waiting)) waiting.attempts++;
      if (lost || waiting.attempts >= ATTEMPTS) {
        waiting.reject(contention());
        return false;
      }
      return true;
    });
    this.#queue.unshift(...again);
  }

  async #recover(group: Waiting[], thrown: unknown): Promise<void> {
    if (this.#options.isConnectionError(thrown)) {
      const error = unavailable('The database is not available.', { cause: thrown });
      for (const { reject } of group) reject(error);
      return;
    }
    const [first] = group;
    if (group.length === 1) {
      if (isRowLock(thrown) && ++first!.attempts < ROW_LOCK_ATTEMPTS) this.#later(first!);
      else first!.reject(isRowLock(thrown) ? contention() : toStatusError(thrown));
      return;
    }
    // One commit must not fail its neighbours: each for itself.
    for (const waiting of group) {
      try {
        await this.#commitGroup([waiting]);
      } catch (alone) {
        await this.#recover([waiting], alone);
      }
    }
  }

  /** Lets the others go on while a SQL writer holds a row. */
  #later(waiting: Waiting): void {
    const later = sleep(50 + Math.random() * 200).then(() => {
      this.#postponed.delete(later);
      this.#queue.push(waiting);
      this.#running ??= this.#run();
    });
    this.#postponed.add(later);
  }

  /**
   * Sends the group to PostgreSQL. When the connection breaks before the answer, `telestack.commits` tells whether the group was committed:
   * its commits must neither be reported lost nor be done twice.
   */
  async #execute(requests: readonly CommitRequest[], plan: Plan): Promise<BatchResult> {
    const id = { committer: this.#id, batch: ++this.#batch };
    try {
      return await executePlan(this.#database, id, requests, plan);
    } catch (thrown) {
      if (!this.#options.isConnectionError(thrown)) throw thrown;
      // As long as nobody knows, it is not to be done again: whatever keeps us from looking, the connection was lost.
      const result = await this.#find(id, plan).catch(() => undefined);
      if (result === undefined) throw thrown;
      return result;
    }
  }

  async #find(id: BatchId, plan: Plan): Promise<BatchResult | undefined> {
    const end = performance.now() + RECOVERY_MS;
    for (let wait = 50; ; wait = Math.min(wait * 2, 1_000)) {
      try {
        return await findBatch(this.#database, id, plan);
      } catch (thrown) {
        if (!this.#options.isConnectionError(thrown) || performance.now() > end) throw thrown;
        await sleep(wait * (0.5 + Math.random()));
      }
    }
  }
}

/** The transaction was committed before: transactions/replay.ts has the answer. */
export class CommittedBefore extends StatusError {
  constructor() {
    super(Code.ABORTED, 'The referenced transaction has been committed.');
  }
}

/** PostgreSQL's lock_not_available. */
const isRowLock = (error: unknown): boolean =>
  error instanceof Error && ((error as { code?: unknown }).code === '55P03' || isRowLock(error.cause));

function documentsToRead(requests: readonly CommitRequest[]): DocumentKey[] {
  const keys = new Map<string, DocumentKey>();
  for (const { operations, guard } of requests) {
    for (const operation of operations) {
      if (guard || needsRead(operation)) keys.set(keyText(operation.name), operation.name);
    }
  }
  return [...keys.values()];
}

/** Whether one of these documents (by `keyText`) is written or looked at. */
const dependsOn = ({ operations, guard }: CommitRequest, documents: ReadonlySet<string>): boolean =>
  operations.some(({ name }) => documents.has(keyText(name))) ||
  [...(guard?.documents.keys() ?? [])].some((document) => documents.has(document));

/** Documents that guards have asked for. */
function lookedAt(requests: readonly CommitRequest[]): DocumentKey[] {
  const keys = new Map<string, DocumentKey>();
  for (const { guard } of requests)
    for (const [document, key] of guard?.documents ?? []) keys.set(document, key);
  return [...keys.values()];
}

function settle(group: readonly Waiting[], plan: Plan, result: BatchResult | undefined): void {
  const writes = new Map(plan.writes.map(({ key, commit }, i) => [`${commit} ${keyText(key)}`, i]));
  const answers = group.map(({ resolve, reject }, i) => () => {
    const outcome = plan.outcomes[i]!;
    if (outcome.kind === 'failed') reject(outcome.error);
    if (outcome.kind !== 'planned') return;
    const commitTime = result!.time! + outcome.position;
    const results = outcome.results.map((operation): WriteResult => {
      const { transformResults, document, exists, isVerification } = operation;
      // A document that is verified to be missing was so right before the commit.
      if (isVerification) return { updateTime: operation.updateTime ?? commitTime - 1, transformResults };
      if (!exists) return { updateTime: undefined, transformResults };
      const kept = result!.unchanged.get(writes.get(`${outcome.position} ${document}`)!);
      return { updateTime: kept ?? commitTime, transformResults };
    });
    resolve({ commitTime, writes: results });
  });
  giveInTurns(answers);
}
