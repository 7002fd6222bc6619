interface Check {
  name: string;
  ok: boolean;
  detail: string;
}

const MAX_EXAMPLES = 5;

/** Collects what a run checked, prints it, and sets the exit code. */
export class Verdict {
  readonly #checks: Check[] = [];
  readonly #violations = new Map<string, { count: number; examples: string[] }>();

  /** Records a violation as it is seen; `name` groups them. */
  violation(name: string, example: string): void {
    const known = this.#violations.get(name) ?? { count: 0, examples: [] };
    known.count++;
    if (known.examples.length < MAX_EXAMPLES) known.examples.push(example.slice(0, 500));
    this.#violations.set(name, known);
  }

  violations(name: string): number {
    return this.#violations.get(name)?.count ?? 0;
  }

  /** A check with its outcome; `detail` says how much was looked at. */
  check(name: string, ok: boolean, detail: string): void {
    this.#checks.push({ name, ok, detail });
  }

  /** A check that holds when no violation of that name was recorded. */
  none(name: string, detail: string): void {
    this.check(name, this.violations(name) === 0, detail);
  }

  get ok(): boolean {
    return this.#checks.every((check) => check.ok);
  }

  /** Prints every check and the examples of violations; exit code 1 when one failed. */
  finish(title: string, notes: readonly string[] = []): boolean {
    console.log(`\n${title}`);
    for (const note of notes) console.log(`  ${note}`);
    const width = Math.max(...this.#checks.map((check) => check.name.length));
    for (const check of this.#checks)
      console.log(`  ${check.ok ? 'ok  ' : 'FAIL'} ${check.name.padEnd(width)}  ${check.detail}`);
    for (const [name, { count, examples }] of this.#violations) {
      console.log(`  ${count} x ${name}, for example:`);
      for (const example of examples) console.log(`    ${example}`);
    }
    console.log(this.ok ? 'PASS' : 'FAIL');
    if (!this.ok) process.exitCode = 1;
    return this.ok;
  }
}

/** Counts by key, shown as `key=n key=n`. */
export class Counts {
  readonly #counts = new Map<string, number>();

  add(key: string, by = 1): void {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + by);
  }

  get(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  toString(): string {
    const parts = [...this.#counts].sort().map(([key, count]) => `${key}=${count}`);
    return parts.join(' ') || 'none';
  }
}
