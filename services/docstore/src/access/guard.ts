import { checkDocument, type Lookup } from '@telestack/rules';
import type { Fields } from '@telestack/values';
import type { Operation } from '../commit/operation.ts';
import { type DocumentKey, keyText } from '../commit/request.ts';
import { type Caller, denied, type RuledCaller } from './caller.ts';
import { databaseIdOf, MAX_LOOKUPS_OF_MANY, projectOf } from './check-documents.ts';
import { lookupKey } from './lookups.ts';

/** What a commit looks like to the rules: documents as they were before it and as it leaves them; undefined when nobody has read them. */
export interface CommitView {
  before(document: string): { readonly fields: Fields } | null | undefined;
  after(document: string): { readonly fields: Fields } | null | undefined;
}

/**
 * Checks a commit inside the group that it is committed with. What it has looked at is checked again by the commit itself, in the same
 * PostgreSQL transaction: so rules and data are of one state.
 */
export interface CommitGuard {
  /** Documents that it needs, beside those that are written; grows while the rules ask for more. */
  readonly documents: ReadonlyMap<string, DocumentKey>;
  /** False when it needs documents that nobody has read yet; they are in `documents` then. @throws StatusError PERMISSION_DENIED */
  check(operations: readonly Operation[], view: CommitView, requestTime: number): boolean;
}

/** Undefined for callers that may write anything. */
export function guardOf(caller: Caller): CommitGuard | undefined {
  return caller === 'unrestricted' ? undefined : new RulesGuard(caller);
}

class RulesGuard implements CommitGuard {
  readonly documents = new Map<string, DocumentKey>();
  readonly #caller: RuledCaller;

  constructor(caller: RuledCaller) {
    this.#caller = caller;
  }

  check(operations: readonly Operation[], view: CommitView, requestTime: number): boolean {
    const written = new Map<string, Operation>();
    for (const operation of operations) {
      const document = keyText(operation.name);
      if (operation.kind !== 'verify' && !written.has(document)) written.set(document, operation);
    }
    let isComplete = true;
    for (const [document, operation] of written) {
      isComplete = this.#checkOne(document, operation, view, requestTime, written.size) && isComplete;
    }
    return isComplete;
  }

  #checkOne(
    document: string,
    { name, expectation }: Operation,
    view: CommitView,
    time: number,
    count: number,
  ): boolean {
    const { rules, auth } = this.#caller;
    const before = view.before(document)?.fields ?? null;
    const after = view.after(document)?.fields;
    const mustExist = expectation?.kind === 'exists' && expectation.exists;
    const method = after === undefined ? 'delete' : before !== null || mustExist ? 'update' : 'create';
    const project = projectOf(name.database);
    const decision = checkDocument(
      rules,
      {
        method,
        database: databaseIdOf(name.database),
        path: name.path,
        auth,
        time,
        before,
        after,
        maxLookups: count > 1 ? MAX_LOOKUPS_OF_MANY : undefined,
      },
      (lookup) => this.#lookUp(project, lookup, view),
    );
    if ('missing' in decision) return false;
    if (!decision.allowed) throw denied(this.#caller, decision, method);
    return true;
  }

  #lookUp(project: string, lookup: Lookup, view: CommitView): Fields | null | undefined {
    const key = lookupKey(project, lookup);
    const document = keyText(key);
    this.documents.set(document, key);
    const found = lookup.state === 'before' ? view.before(document) : view.after(document);
    return found === undefined ? undefined : (found?.fields ?? null);
  }
}
