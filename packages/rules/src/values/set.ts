import type { Value } from './value.ts';

/** Unique values, in the order in which they came. Made by `setOf`. */
export class RulesSet {
  readonly elements: readonly Value[];

  constructor(elements: readonly Value[]) {
    this.elements = elements;
  }
}
