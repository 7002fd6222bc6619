import { readFileSync } from 'node:fs';
import type { Part } from '../durability/ready-file.ts';

/** Resident memory of a process in MB; 0 where the system does not tell. */
export function residentMemory(pid: number): number {
  try {
    const match = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return Number(match?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** Samples the memory of some parts, by phases of the run. */
export class MemoryWatch {
  readonly #parts: readonly Part[];
  readonly #series = new Map<string, number[][]>();
  readonly #timer: NodeJS.Timeout;
  #phase = '';

  constructor(parts: readonly Part[], milliseconds: number) {
    this.#parts = parts;
    this.#timer = setInterval(() => this.#sample(), milliseconds);
  }

  begin(phase: string): void {
    this.#phase = phase;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** MB of a part in the last half of a phase, when what it began with has settled; undefined without samples. */
  settled(part: string, phase: string): number | undefined {
    const values = this.#values(part, phase);
    return values.slice(Math.floor(values.length / 2)).sort((a, b) => a - b)[Math.floor(values.length / 4)];
  }

  /** The most MB of a part in a phase. */
  most(part: string, phase: string): number | undefined {
    const values = this.#values(part, phase);
    return values.length > 0 ? Math.max(...values) : undefined;
  }

  /** Settled and most MB of every part in every phase. */
  describe(): string {
    const of = (part: string) =>
      [...this.#series.keys()]
        .map(
          (phase) =>
            `${phase} ${this.settled(part, phase)?.toFixed(0)} (max ${this.most(part, phase)?.toFixed(0)})`,
        )
        .join(', ');
    return this.#parts.map(({ name }) => `${name}: ${of(name)}`).join('; ') || 'no parts known';
  }

  #values(part: string, phase: string): number[] {
    const index = this.#parts.findIndex(({ name }) => name === part);
    return (this.#series.get(phase) ?? []).map((row) => row[index] ?? 0);
  }

  #sample(): void {
    const series = this.#series.get(this.#phase) ?? [];
    series.push(this.#parts.map(({ pid }) => residentMemory(pid)));
    this.#series.set(this.#phase, series);
  }
}
