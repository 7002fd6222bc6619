import type { CredentialSource, PrincipalChange } from '@telestack/tokens';

/** An identity service that tells of what the test does. */
export class FakePrincipals implements Pick<CredentialSource, 'changes'> {
  readonly #changes: PrincipalChange[] = [];
  #wake: (() => void) | undefined;
  isDown = false;

  push(...changes: PrincipalChange[]): void {
    this.#changes.push(...changes);
    this.#wake?.();
  }

  async changes(after: string | undefined, waitMs: number, signal: AbortSignal) {
    const from = Number(after ?? 0);
    if (this.#changes.length === from && waitMs > 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        signal.addEventListener('abort', () => resolve());
      });
    }
    if (this.isDown) throw new Error('down');
    return { changes: this.#changes.slice(from), cursor: String(this.#changes.length) };
  }
}
