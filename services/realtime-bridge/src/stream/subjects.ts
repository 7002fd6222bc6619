import type { PrincipalChange } from '@telestack/tokens';
import { subjectOf, subjectOfChange } from '../authorization.ts';
import type { TargetStream } from './target-stream.ts';

/** Streams by whose credential opened them. */
export class Subjects {
  readonly #streams = new Map<string, Set<TargetStream>>();

  add(stream: TargetStream): void {
    const subject = subjectOf(stream.principal);
    if (subject === undefined) return;
    const streams = this.#streams.get(subject);
    if (streams) streams.add(stream);
    else this.#streams.set(subject, new Set([stream]));
  }

  delete(stream: TargetStream): void {
    const subject = subjectOf(stream.principal);
    const streams = subject === undefined ? undefined : this.#streams.get(subject);
    if (streams?.delete(stream) && streams.size === 0) this.#streams.delete(subject!);
  }

  /** Streams that a change may concern. */
  of(change: PrincipalChange): readonly TargetStream[] {
    return [...(this.#streams.get(subjectOfChange(change)) ?? [])];
  }
}
