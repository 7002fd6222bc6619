import type { Position, Problem } from '../syntax/position.ts';

/** Bounds the report of a hostile source. */
const MAX_PROBLEMS = 200;

/** What an analysis found. */
export class Problems {
  readonly all: Problem[] = [];

  error(at: Position, message: string): void {
    this.#add({ severity: 'error', line: at.line, column: at.column, message });
  }

  warn(at: Position, message: string): void {
    // A warning must not take an error's place.
    if (this.all.length < MAX_PROBLEMS / 2) {
      this.#add({ severity: 'warning', line: at.line, column: at.column, message });
    }
  }

  #add(problem: Problem): void {
    if (this.all.length < MAX_PROBLEMS) this.all.push(problem);
  }
}
