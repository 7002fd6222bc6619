import type { DocumentState } from '../feed/document-state.ts';
import { type Delta, type Leave, passesOver, sizeOf } from '../views/delta.ts';

/** A view's step as it concerns one target. */
export interface Step<T> {
  readonly target: T;
  readonly delta: Delta;
  readonly bytes: number;
}

/** Steps that have not been sent yet, in order of their times. */
export class PendingSteps<T> {
  #steps: Step<T>[] = [];
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  get length(): number {
    return this.#steps.length;
  }

  push(target: T, delta: Delta, bytes = sizeOf(delta)): void {
    const step = { target, delta, bytes };
    this.#bytes += bytes;
    let at = this.#steps.length;
    while (at > 0 && this.#steps[at - 1]!.delta.time > delta.time) at--;
    this.#steps.splice(at, 0, step);
  }

  /**
   * Takes over the steps of a target that joins the snapshots, of which the last one was at `readTime`. For what it has missed of them only the
   * outcome counts: states in between are older than what the client may have by now from other targets.
   */
  adopt(joining: PendingSteps<T>, readTime: number): void {
    const missed = joining.#steps.filter(({ delta }) => delta.from < readTime);
    const [first] = missed;
    if (first) {
      const delta = merge(missed.map((step) => step.delta));
      const leaves = delta.leaves.map((leave) => withoutOldState(leave, readTime));
      this.push(first.target, { ...delta, leaves });
    }
    for (const { target, delta, bytes } of joining.#steps.slice(missed.length)) {
      this.push(target, delta, bytes);
    }
    joining.clear();
  }

  /** Documents that may have changed before `time`. */
  *pathsBefore(time: number): Generator<string, void, void> {
    for (const { delta } of this.#steps) {
      if (delta.from >= time) continue;
      for (const { path } of delta.upserts) yield path;
      for (const { path } of delta.leaves) yield path;
    }
  }

  clear(): void {
    this.#steps = [];
    this.#bytes = 0;
  }

  remove(target: T): void {
    this.#keep((step) => step.target !== target);
  }

  /** Drops the steps up to `time`. True when there is a step over it, which leaves no state at `time` to go on from. */
  startAt(time: number): boolean {
    this.#keep(({ delta }) => delta.time > time);
    return this.isPassedOver(time);
  }

  isPassedOver(time: number): boolean {
    return this.#steps.some(({ delta }) => passesOver(delta, time));
  }

  /**
   * The next time at which a snapshot is possible: at least `floor` and, where `isLate`, the last one possible. No step passes over it.
   * Undefined when that is after `limit`.
   */
  nextBoundary(floor: number | undefined, limit: number, isLate: boolean): number | undefined {
    const times = this.#steps.map(({ delta }) => delta.time);
    if (isLate) {
      const possible = times.filter(
        (time) => time <= limit && time >= (floor ?? 0) && !this.isPassedOver(time),
      );
      if (possible.length > 0) return possible.at(-1);
    }
    let boundary = floor ?? times[0];
    if (boundary === undefined) return undefined;
    for (const { delta } of this.#steps) {
      if (passesOver(delta, boundary)) boundary = delta.time;
    }
    return boundary <= limit ? boundary : undefined;
  }

  /** Takes the steps up to `time` out. */
  takeThrough(time: number): Step<T>[] {
    const taken = this.#steps.filter(({ delta }) => delta.time <= time);
    if (taken.length > 0) this.#keep(({ delta }) => delta.time > time);
    return taken;
  }

  /** Merges the steps of each target into one: of each document only the last state stays. Snapshots in between are lost. */
  compact(): void {
    const byTarget = new Map<T, Delta[]>();
    for (const { target, delta } of this.#steps) {
      const deltas = byTarget.get(target);
      if (deltas) deltas.push(delta);
      else byTarget.set(target, [delta]);
    }
    this.clear();
    for (const [target, deltas] of byTarget) this.push(target, merge(deltas));
  }

  #keep(predicate: (step: Step<T>) => boolean): void {
    this.#steps = this.#steps.filter(predicate);
    this.#bytes = this.#steps.reduce((sum, { bytes }) => sum + bytes, 0);
  }
}

/** A document that left may have changed since, without this target: only the news of it are to be told. */
function withoutOldState(leave: Leave, time: number): Leave {
  const { path, deletedAt, state } = leave;
  const isNews = Math.max(deletedAt ?? 0, state?.updateTime ?? 0) > time;
  return isNews ? leave : { path, deletedAt: undefined, state: undefined, isMatch: false };
}

function merge(deltas: readonly Delta[]): Delta {
  if (deltas.length === 1) return deltas[0]!;
  const upserts = new Map<string, DocumentState>();
  const leaves = new Map<string, Leave>();
  for (const delta of deltas) {
    for (const leave of delta.leaves) {
      upserts.delete(leave.path);
      leaves.set(leave.path, leave);
    }
    for (const state of delta.upserts) {
      leaves.delete(state.path);
      upserts.set(state.path, state);
    }
  }
  return {
    from: deltas[0]!.from,
    time: deltas.at(-1)!.time,
    upserts: [...upserts.values()],
    leaves: [...leaves.values()],
  };
}
