/** How long writes took to reach a listener, by phases of the run. */
export class Delays {
  readonly #startedAt: Map<number, number>;
  readonly #phases = new Map<string, number[]>();
  #phase = '';

  /** `startedAt`: performance.now() of each write by its sequence; those that were seen are taken out. */
  constructor(startedAt: Map<number, number>) {
    this.#startedAt = startedAt;
  }

  begin(phase: string): void {
    this.#phase = phase;
  }

  seen(sequence: number): void {
    const start = this.#startedAt.get(sequence);
    if (start === undefined) return;
    this.#startedAt.delete(sequence);
    const values = this.#phases.get(this.#phase) ?? [];
    values.push(performance.now() - start);
    this.#phases.set(this.#phase, values);
  }

  get count(): number {
    return [...this.#phases.values()].reduce((sum, values) => sum + values.length, 0);
  }

  /** Writes that no listener has seen. */
  get missing(): number {
    return this.#startedAt.size;
  }

  /** Milliseconds; 0 without values. */
  quantile(phase: string, q: number): number {
    const values = [...(this.#phases.get(phase) ?? [])].sort((a, b) => a - b);
    return values[Math.min(values.length - 1, Math.floor(values.length * q))] ?? 0;
  }

  /** Median and 99th percentile of every phase. */
  describe(): string {
    const show = (phase: string) =>
      `${phase} ${this.quantile(phase, 0.5).toFixed(0)}/${this.quantile(phase, 0.99).toFixed(0)}`;
    return `ms to a listener, p50/p99: ${[...this.#phases.keys()].map(show).join(', ')}`;
  }
}
