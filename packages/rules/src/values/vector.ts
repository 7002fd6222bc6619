/** A vector field. The language has no operation on it but comparison and `is`. */
export class Vector {
  readonly components: readonly number[];

  constructor(components: readonly number[]) {
    this.components = components;
  }
}
