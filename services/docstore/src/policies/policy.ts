/** Who may do something with the documents of a collection. */
export type Who =
  | { readonly kind: 'nobody' | 'everybody' | 'authenticated' | 'owner' }
  | { readonly kind: 'role'; readonly role: string };

/** What a collection's policy says, wherever the collection is nested. Administrators and API keys are above it. */
export interface Policy {
  readonly read: Who;
  readonly write: Who;
}

/** By collection id. */
export type Policies = ReadonlyMap<string, Policy>;

export const NO_POLICIES: Policies = new Map();
