/** Counts what the server has acknowledged, and tells whether it goes on. */
export class Progress {
  #count = 0;
  readonly #waiting = new Set<() => void>();

  add(): void {
    this.#count++;
    for (const wake of this.#waiting) wake();
  }

  get count(): number {
    return this.#count;
  }

  /** Waits for `count` further acknowledgements; false when they take longer than `seconds`. */
  async reaches(count: number, seconds: number): Promise<boolean> {
    const goal = this.#count + count;
    return new Promise((resolve) => {
      const done = (ok: boolean) => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve(ok);
      };
      const wake = () => this.#count >= goal && done(true);
      const timer = setTimeout(() => done(false), seconds * 1000);
      this.#waiting.add(wake);
    });
  }
}
