import type { TargetAccess } from '@telestack/protos/telestack/docstore/v1/docstore.ts';
import type { Decision } from '@telestack/rules';

/** What the right to listen to a target depends on: docs/spec/access.md. */
export class TargetDependencies {
  /** Names of documents. */
  readonly documents = new Set<string>();
  time = false;
  /** The documents of the target are looked at themselves: each change of one counts. */
  ownDocuments = false;
  release = '';
  /** Only documents with this `owner_id` belong to the target; '' when it is not narrowed. */
  owner = '';

  add(project: string, { lookups, dependencies }: Decision): void {
    for (const { database, path } of lookups) {
      this.documents.add(`projects/${project}/databases/${database}/documents/${path}`);
    }
    this.time ||= dependencies.time;
  }

  toProto(): TargetAccess {
    const { ownDocuments, time, release, owner } = this;
    return { documents: [...this.documents], ownDocuments, time, release, owner };
  }
}
