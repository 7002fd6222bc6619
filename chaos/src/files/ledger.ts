/** What may be found under a name: the last upload that was acknowledged, and those after it whose answer never came. */
export class FileLedger {
  /** MD5s in base64 that a name may have; '' stands for none. */
  readonly #allowed = new Map<string, Set<string>>();
  #acknowledged = 0;
  #unanswered = 0;

  get acknowledged(): number {
    return this.#acknowledged;
  }

  get unanswered(): number {
    return this.#unanswered;
  }

  get names(): readonly string[] {
    return [...this.#allowed.keys()];
  }

  /** Before it is sent: from here on it may be there. */
  begin(name: string, md5: string): void {
    const allowed = this.#allowed.get(name) ?? new Set(['']);
    this.#allowed.set(name, allowed.add(md5));
  }

  acknowledge(name: string, md5: string): void {
    this.#acknowledged++;
    this.#allowed.set(name, new Set([md5]));
  }

  giveUp(): void {
    this.#unanswered++;
  }

  /** True when a name may have this MD5; '' asks whether it may be missing. */
  mayHave(name: string, md5: string): boolean {
    return this.#allowed.get(name)?.has(md5) ?? md5 === '';
  }
}
