import type { TargetAccess } from '@telestack/protos/telestack/docstore/v1/docstore.ts';

/** What the right to see a view depends on, out of the parts in which the docstore has told it. */
export class AccessGathered {
  /** Paths of documents that rules have looked at. */
  readonly documents = new Set<string>();
  /** The rules look at the documents of the view themselves. */
  ownDocuments = false;
  /** The rules look at the time. */
  time = false;
  /** The view has no documents but those with this `owner_id`; '' when it is not narrowed. */
  owner = '';

  add(access: TargetAccess | undefined): void {
    if (!access) return;
    // "projects/p/databases/d/documents/users/alice"
    for (const name of access.documents) this.documents.add(name.split('/').slice(5).join('/'));
    this.ownDocuments ||= access.ownDocuments;
    this.time ||= access.time;
    this.owner ||= access.owner;
  }
}
