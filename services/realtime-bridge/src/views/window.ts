import { documentComparator, isNameField, matches, type Query } from '@telestack/query';
import { type Fields, projectFields } from '@telestack/values';
import type { DocumentChange } from '../feed/commit.ts';
import type { DocumentState } from '../feed/document-state.ts';
import type { Difference, Leave } from './delta.ts';
import { type Membership, type Result, UNKNOWN } from './result.ts';
import { insertionIndex } from './sorted.ts';

/** So many rows on either side of the two ends of the view are kept whole: they can come into view without a read. */
const KEPT_ROWS = 50;
/** Larger documents are read again. */
const KEPT_DOCUMENT_BYTES = 16 * 1024;

interface Row {
  readonly path: string;
  readonly updateTime: number;
  /** The fields that the query orders by. */
  readonly fields: Fields;
  state: DocumentState | undefined;
}

/**
 * The result of a query with limit or offset: the rows in view, the rows before them and some rows behind, in order. Rows behind take the
 * place of rows that leave; when there are none left, the window has to be read again.
 */
export class Window implements Result {
  readonly #query: Query;
  readonly #skip: number;
  readonly #end: number;
  readonly #capacity: number;
  readonly #membership: Membership;
  readonly #rows: Row[] = [];
  readonly #byPath = new Map<string, Row>();
  readonly #visible = new Map<string, number>();
  readonly #compare: (a: Row, b: Row) => number;
  readonly #orderFields: readonly (readonly string[])[];
  /** The last row of which it is known that nothing is missing before it; undefined when nothing is missing at all. */
  #edge: Row | undefined;
  #changesSinceSweep = 0;

  /** `capacity` rows are read; when there are fewer, they are all there are. */
  constructor(query: Query, capacity: number, membership: Membership) {
    this.#query = query;
    this.#capacity = capacity;
    this.#membership = membership;
    this.#skip = query.offset;
    this.#end = query.offset + (query.limit ?? Number.POSITIVE_INFINITY);
    this.#compare = documentComparator(query);
    this.#orderFields = query.orders.map(({ field }) => field).filter((field) => !isNameField(field));
  }

  add(rows: readonly DocumentState[]): void {
    for (const state of rows) this.#place(this.#rows.length, this.#row(state));
  }

  complete(): void {
    if (this.#rows.length >= this.#capacity) this.#edge = this.#rows.at(-1);
    for (const { path, updateTime } of this.#rows.slice(this.#skip, this.#end)) {
      this.#visible.set(path, updateTime);
    }
    this.#sweep();
  }

  apply(changes: readonly DocumentChange[], time: number): Difference | undefined | typeof UNKNOWN {
    const changed = new Map<string, Row | undefined>();
    const leavesOfChanged: Leave[] = [];
    for (const { path, state } of changes) {
      const before = this.#byPath.get(path);
      if (before) this.#drop(before);
      const isMatch = state !== undefined && matches(this.#query, state);
      const after = isMatch ? this.#insert(this.#row(state)) : undefined;
      if (before || after) changed.set(path, after);
      if (this.#visible.has(path))
        leavesOfChanged.push({ path, deletedAt: state ? undefined : time, state, isMatch });
    }
    if (changed.size === 0) return undefined;
    if (this.#edge && this.#rows.length < this.#end) return UNKNOWN;
    return this.#difference(changed, leavesOfChanged);
  }

  visible(): ReadonlyMap<string, number> {
    return this.#visible;
  }

  members(): Iterable<string> {
    return this.#byPath.keys();
  }

  #difference(
    changed: ReadonlyMap<string, Row | undefined>,
    leavesOfChanged: readonly Leave[],
  ): Difference | undefined | typeof UNKNOWN {
    const entered = new Map<string, Row>();
    const left = new Map<string, Leave>();
    for (const row of changed.values()) {
      if (row && this.#isInView(row)) entered.set(row.path, row);
    }
    for (const leave of leavesOfChanged) {
      if (!entered.has(leave.path)) left.set(leave.path, leave);
    }
    // Rows that did not change move by at most one place for each row that did.
    for (const row of this.#around(this.#skip, changed.size)) this.#move(row, changed, entered, left);
    for (const row of this.#around(this.#end, changed.size)) this.#move(row, changed, entered, left);
    const upserts: DocumentState[] = [];
    for (const { state } of entered.values()) {
      if (!state) return UNKNOWN;
      upserts.push(state);
    }
    for (const { path, updateTime } of entered.values()) this.#visible.set(path, updateTime);
    for (const path of left.keys()) this.#visible.delete(path);
    this.#cutOff(changed);
    return upserts.length + left.size > 0 ? { upserts, leaves: [...left.values()] } : undefined;
  }

  #move(
    row: Row,
    changed: ReadonlyMap<string, unknown>,
    entered: Map<string, Row>,
    left: Map<string, Leave>,
  ): void {
    if (changed.has(row.path)) return;
    const isInView = this.#isInView(row);
    if (isInView === this.#visible.has(row.path)) return;
    if (isInView) entered.set(row.path, row);
    else left.set(row.path, { path: row.path, deletedAt: undefined, state: undefined, isMatch: true });
  }

  #around(index: number, distance: number): Row[] {
    return this.#rows.slice(Math.max(0, index - distance), index + distance);
  }

  #isInView(row: Row): boolean {
    const index = this.#indexOf(row);
    return index >= this.#skip && index < this.#end;
  }

  #row(state: DocumentState): Row {
    const { path, updateTime } = state;
    return { path, updateTime, state, fields: projectFields(state.fields, this.#orderFields) };
  }

  #indexOf(row: Row): number {
    return insertionIndex(this.#rows, row, this.#compare);
  }

  #insert(row: Row): Row | undefined {
    const isBeyond = this.#edge && this.#compare(row, this.#edge) > 0;
    return isBeyond ? undefined : this.#place(this.#indexOf(row), row);
  }

  #place(index: number, row: Row): Row {
    this.#rows.splice(index, 0, row);
    this.#byPath.set(row.path, row);
    this.#membership.add(row.path);
    return row;
  }

  #drop(row: Row): void {
    this.#rows.splice(this.#indexOf(row), 1);
    this.#forget(row);
  }

  #forget({ path }: Row): void {
    this.#byPath.delete(path);
    this.#membership.delete(path);
  }

  #cutOff(changed: ReadonlyMap<string, Row | undefined>): void {
    if (this.#rows.length > this.#capacity) {
      for (const row of this.#rows.splice(this.#capacity)) this.#forget(row);
      this.#edge = this.#rows.at(-1);
    }
    for (const row of changed.values()) {
      if (row?.state && row.state.encoded.length > KEPT_DOCUMENT_BYTES) row.state = undefined;
    }
    this.#changesSinceSweep += changed.size;
    if (this.#changesSinceSweep > this.#rows.length) this.#sweep();
  }

  /** Lets go of documents that have moved away from where they may be needed. */
  #sweep(): void {
    this.#changesSinceSweep = 0;
    this.#rows.forEach((row, i) => {
      const isNear = Math.abs(i - this.#skip) <= KEPT_ROWS || Math.abs(i - this.#end) <= KEPT_ROWS;
      if (!isNear || (row.state && row.state.encoded.length > KEPT_DOCUMENT_BYTES)) row.state = undefined;
    });
  }
}
