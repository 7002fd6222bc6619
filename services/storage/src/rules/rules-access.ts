import type { Principal } from '@telestack/rpc';
import { type Auth, checkObject, evaluateWith } from '@telestack/rules';
import type { StorageAccess, StorageAccessRequest } from '../access.ts';
import { type Documents, documentLookups } from './lookups.ts';
import { proposedResource, storedResource, unknownOf } from './resource.ts';
import type { RulesInForce } from './rules-in-force.ts';

export interface RulesAccessOptions {
  readonly rules: Pick<RulesInForce, 'for'>;
  /** For `firestore.get` and `firestore.exists`. */
  readonly documents: Documents;
  /** Microseconds since the epoch. */
  readonly now?: () => number;
}

/** Access as the bucket's rules (`service firebase.storage`) have it. Administrators are above them. */
export class RulesAccess implements StorageAccess {
  readonly #options: RulesAccessOptions;

  constructor(options: RulesAccessOptions) {
    this.#options = options;
  }

  /** @throws StatusError UNAVAILABLE when rules, or the documents that they look at, cannot be read */
  async allow(request: StorageAccessRequest): Promise<boolean> {
    const { method, principal, project, bucket, path, resource, requestResource, isPreliminary } = request;
    if (principal.kind === 'admin') return true;
    const rules = await this.#options.rules.for(project, bucket);
    if (rules === 'open' || rules === 'closed') return rules === 'open';
    // As documented: listing came with version 2 of the language.
    if (method === 'list' && rules.version === '1') return false;
    const time = this.#options.now?.() ?? Date.now() * 1_000;
    const after = requestResource && proposedResource(requestResource, method, time);
    const { allowed, isOpen } = await evaluateWith(
      (lookups) =>
        checkObject(
          rules,
          {
            method,
            bucket,
            name: path.replace(/\/$/, ''),
            auth: authOf(principal),
            time,
            before: resource ? storedResource(resource) : null,
            after,
            unknown: isPreliminary && after ? unknownOf(after) : [],
          },
          lookups,
        ),
      documentLookups(this.#options.documents, project, request),
    );
    return allowed || isOpen;
  }
}

/** `request.auth`. */
const authOf = (principal: Principal): Auth | null =>
  principal.kind === 'user' ? { uid: principal.uid, token: principal.claims } : null;
