import { type Case, PROJECT } from './case.ts';
import type { Execution } from './execute.ts';
import type { Json, Message } from './wire.ts';

/**
 * Makes the results of one server comparable with those of another: what must differ (times, ids of transactions, tokens,
 * generated document ids) is replaced by what must agree: its place in the order of what the case has seen.
 */
export interface Comparable {
  code: string;
  message: string;
  responses: Json[];
}

const WRITE_TIMES = new Set(['createTime', 'updateTime', 'commitTime']);
const TOKENS = new Set(['nextPageToken', 'streamToken', 'resumeToken']);
/** Scalars that proto3 leaves out when they are zero. */
const OPTIONAL_ZERO = new Set(['skippedResults', 'transaction', 'streamId', 'message', 'code', ...TOKENS]);
const AUTO_ID = /\/([A-Za-z0-9]{20})$/;
const LONG_NUMBER = /\b\d{16}\b/g;
const HASH_ORDERED_FIELDS = /(inequality fields: \[)([^\]]*)(\])/;

interface Time {
  seconds?: string;
  nanos?: number;
}

function microseconds(time: Time): bigint {
  return BigInt(time.seconds ?? 0) * 1_000_000n + BigInt(Math.trunc((time.nanos ?? 0) / 1000));
}

/** Requests that were broken on purpose can have anything in a time. */
function isTime(value: Json | undefined): value is Json & Time {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { seconds = '0', nanos = 0 } = value;
  return /^-?\d+$/.test(String(seconds)) && Number.isFinite(nanos);
}

function collectTimes(value: Json | undefined, into: Set<bigint>): void {
  if (Array.isArray(value)) for (const item of value) collectTimes(item, into);
  else if (value !== null && typeof value === 'object') {
    for (const [key, item] of Object.entries(value)) {
      if (key === 'fields' || key === 'aggregateFields') continue;
      if (WRITE_TIMES.has(key) && isTime(item)) into.add(microseconds(item));
      else collectTimes(item, into);
    }
  }
}

/** Numbers that JSON cannot say become text. */
function plain(value: number): number | string {
  if (Object.is(value, -0)) return '<-0>';
  return Number.isFinite(value) ? value : `<${value}>`;
}

function rank(times: ReadonlySet<bigint>): Map<bigint, number> {
  const sorted = [...times].sort((a, b) => (a < b ? -1 : 1));
  return new Map(sorted.map((time, index) => [time, index + 1]));
}

/** Replaces create, update and commit times by their place in the order of all of them. */
export function rankTimes(value: Json): Json {
  const times = new Set<bigint>();
  collectTimes(value, times);
  const ranks = rank(times);
  const visit = (item: Json | undefined, key: string): Json => {
    if (typeof item === 'number') return plain(item);
    if (Array.isArray(item)) return item.map((each) => visit(each, ''));
    if (!isTime(item)) return item ?? null;
    if (WRITE_TIMES.has(key)) return `<time ${ranks.get(microseconds(item))}>`;
    // The names in a document's fields say nothing about what they hold.
    const inside = (name: string) => (key === 'fields' ? '' : name);
    return Object.fromEntries(Object.entries(item).map(([name, each]) => [name, visit(each, inside(name))]));
  };
  return visit(value, '');
}

/** Results without the times of looks at verified documents that are missing: they are no versions, and may be any. */
function withoutLooks({ writes }: Message, responses: Message[]): Message[] {
  const isLook = (index: number): boolean => {
    const write = ((writes ?? []) as Message[])[index];
    const { exists } = (write?.currentDocument ?? {}) as Message;
    return write?.verify !== undefined && exists === false;
  };
  return responses.map((response) => {
    const results = response.writeResults as Message[] | undefined;
    if (!results?.some((_, index) => isLook(index))) return response;
    const writeResults = results.map((result, index) =>
      isLook(index) ? { ...result, updateTime: undefined } : result,
    );
    return { ...response, writeResults };
  });
}

class Normaliser {
  readonly #project: string;
  readonly #ranks: Map<bigint, number>;
  readonly #now: bigint;
  readonly #requested: string;
  readonly #transactions = new Map<string, number>();
  readonly #versions = new Map<string, number>();
  #newestWrite = 0n;
  #readFloor: bigint | undefined;
  #requestedTime: bigint | undefined;
  #rankRequestTimes = false;
  #requestTimes = new Map<bigint, number>();

  constructor(project: string, execution: Execution, now: number) {
    this.#project = project;
    this.#now = BigInt(now) * 1000n;
    const times = new Set<bigint>();
    for (const [index, outcome] of execution.outcomes.entries()) {
      for (const response of withoutLooks(execution.requests[index]!, outcome.responses))
        collectTimes(response, times);
    }
    this.#ranks = rank(times);
    this.#requested = JSON.stringify(execution.requests);
  }

  step(rpc: string, request: Message, outcome: Execution['outcomes'][number]): Comparable {
    const readTime = request.readTime;
    this.#requestedTime = isTime(readTime) ? microseconds(readTime) : undefined;
    this.#readFloor =
      'transaction' in request || this.#requestedTime !== undefined ? undefined : this.#newestWrite;
    this.#rankRequestTimes = rpc === 'Commit';
    this.#requestTimes = new Map();
    const responses = withoutLooks(request, outcome.responses).map((response) => this.#value(response, ''));
    const times = new Set<bigint>();
    collectTimes(outcome.responses, times);
    for (const time of times) if (time > this.#newestWrite) this.#newestWrite = time;
    return { code: outcome.code, message: this.#text(outcome.message), responses };
  }

  #text(text: string): string {
    let out = text.replaceAll(this.#project, PROJECT);
    out = out.replace(LONG_NUMBER, (digits) => {
      const rank = this.#ranks.get(BigInt(digits));
      if (rank !== undefined) return `<time ${rank}>`;
      if (!this.#versions.has(digits)) this.#versions.set(digits, this.#versions.size + 1);
      return this.#requested.includes(digits) ? digits : `<version ${this.#versions.get(digits)}>`;
    });
    return out.replace(HASH_ORDERED_FIELDS, (_, head, list: string, tail) => {
      return head + list.split(', ').sort().join(', ') + tail;
    });
  }

  #value(value: Json | undefined, key: string): Json {
    if (typeof value === 'string') return this.#string(value, key);
    if (typeof value === 'number') return plain(value);
    if (Array.isArray(value)) return value.map((item) => this.#value(item, ''));
    if (value === null || typeof value !== 'object') return value ?? null;
    if (WRITE_TIMES.has(key) && isTime(value)) return `<time ${this.#ranks.get(microseconds(value)) ?? '?'}>`;
    if (key === 'readTime' && isTime(value)) return this.#readTime(microseconds(value));
    if (key === 'timestampValue' && isTime(value)) return this.#timestamp(value);
    const out: { [key: string]: Json | undefined } = {};
    for (const name of Object.keys(value).sort()) {
      const item = value[name];
      if (item === undefined || (OPTIONAL_ZERO.has(name) && (item === '' || item === 0))) continue;
      if (Array.isArray(item) && item.length === 0) continue;
      // A message's own member is told from a document's field by its place: `fields` maps names to values.
      out[name.replaceAll(this.#project, PROJECT)] =
        key === 'fields' || key === 'aggregateFields' ? this.#value(item, '') : this.#value(item, name);
    }
    return out;
  }

  #string(text: string, key: string): string {
    if (key === 'transaction') {
      if (!this.#transactions.has(text)) this.#transactions.set(text, this.#transactions.size + 1);
      return `<transaction ${this.#transactions.get(text)}>`;
    }
    if (TOKENS.has(key)) return `<${key}>`;
    if (key === 'streamId') return '<streamId>';
    if (key === 'name') {
      const id = AUTO_ID.exec(text)?.[1];
      if (id && !this.#requested.includes(id)) return this.#text(text.replace(AUTO_ID, '/<auto id>'));
    }
    if (key === 'message') return this.#text(text);
    return text.replaceAll(this.#project, PROJECT);
  }

  #readTime(time: bigint): string {
    if (this.#requestedTime !== undefined)
      return time === this.#requestedTime ? '<the requested time>' : '<another time>';
    return this.#readFloor !== undefined && time < this.#readFloor
      ? '<older than what was written>'
      : '<read time>';
  }

  /** A time within a day of now was made by the server (REQUEST_TIME): milliseconds, one per commit. */
  #timestamp(value: Time): Json {
    const time = microseconds(value);
    const distance = time - this.#now;
    if (distance < -86_400_000_000n || distance > 86_400_000_000n) return { ...value };
    const precision = time % 1000n === 0n ? 'milliseconds' : 'microseconds';
    if (!this.#rankRequestTimes) return `<now in ${precision}>`;
    if (!this.#requestTimes.has(time)) this.#requestTimes.set(time, this.#requestTimes.size + 1);
    return `<now ${this.#requestTimes.get(time)} in ${precision}>`;
  }
}

/** Normalises all results of one execution; `now` is the wall clock in ms. */
export function normalise(one: Case, project: string, execution: Execution, now: number): Comparable[] {
  const normaliser = new Normaliser(project, execution, now);
  return one.steps.map((step, index) =>
    normaliser.step(step.rpc, execution.requests[index]!, execution.outcomes[index]!),
  );
}
