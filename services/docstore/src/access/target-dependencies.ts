import type { Decision } from '@telestack/rules';

/** What the right to listen to a target depends on: docs/spec/access.md. */
export class TargetDependencies {
  /** Names of documents. */
  readonly documents = new Set<string>();
  time = false;

  add(project: string, { lookups, dependencies }: Decision): void {
    for (const { database, path } of lookups) {
      this.documents.add(`projects/${project}/databases/${database}/documents/${path}`);
    }
    this.time ||= dependencies.time;
  }
}
