import { permissionDenied } from '@telestack/errors';
import { checkDocument, type LookedUp, type Lookup, type Ruleset } from '@telestack/rules';
import type { Fields } from '@telestack/values';
import type { Operation } from '../commit/operation.ts';
import { type DocumentKey, keyText } from '../commit/request.ts';
import { mayRead, mayWrite, withOwner } from '../policies/decide.ts';
import {
  type Caller,
  DENIED,
  denied,
  type KeyCaller,
  keyAllows,
  type RuledCaller,
  rulesFor,
} from './caller.ts';
import { databaseIdOf, projectOf } from './check-documents.ts';
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
  /** What a written document becomes: the caller's own, where a policy says so. `before` is null for a missing one. */
  complete(document: DocumentKey, before: Fields | null, after: Fields): Fields;
  /** False when it needs documents that nobody has read yet; they are in `documents` then. @throws StatusError PERMISSION_DENIED */
  check(operations: readonly Operation[], view: CommitView, requestTime: number): boolean;
}

/** Undefined for callers that may write anything. */
export function guardOf(caller: Caller): CommitGuard | undefined {
  if (caller === 'unrestricted') return undefined;
  return caller.kind === 'apiKey' ? keyGuard(caller) : new RulesGuard(caller);
}

const NO_DOCUMENTS: ReadonlyMap<string, DocumentKey> = new Map();

/** A key's scopes say all. What is verified is read: whether it is there is told by the answer. */
function keyGuard(caller: KeyCaller): CommitGuard {
  return {
    documents: NO_DOCUMENTS,
    complete: (_document, _before, after) => after,
    check(operations) {
      for (const { kind, name } of operations) {
        if (!keyAllows(caller, name.collectionId, kind === 'verify' ? 'read' : 'write')) {
          throw permissionDenied(DENIED);
        }
      }
      return true;
    },
  };
}

class RulesGuard implements CommitGuard {
  readonly documents = new Map<string, DocumentKey>();
  readonly #caller: RuledCaller;

  constructor(caller: RuledCaller) {
    this.#caller = caller;
  }

  complete({ collectionId }: DocumentKey, before: Fields | null, after: Fields): Fields {
    const policy = this.#caller.policies.get(collectionId);
    return policy ? withOwner(policy, this.#caller.auth, before, after) : after;
  }

  check(operations: readonly Operation[], view: CommitView, requestTime: number): boolean {
    const written = new Map<string, Operation>();
    for (const operation of operations) {
      const document = keyText(operation.name);
      if (operation.kind === 'verify') this.#checkVerified(operation.name, view);
      else if (!written.has(document)) written.set(document, operation);
    }
    let isComplete = true;
    const lookedUp: LookedUp = new Map();
    for (const [document, operation] of written) {
      // While some are awaited, more may be looked at than what decides in the end.
      const counted: LookedUp = isComplete ? lookedUp : new Map();
      isComplete = this.#checkOne(document, operation, view, requestTime, counted) && isComplete;
    }
    return isComplete;
  }

  /** A document of another shall not be told apart from a missing one. */
  #checkVerified(name: DocumentKey, view: CommitView): void {
    const { policies, auth } = this.#caller;
    const policy = policies.get(name.collectionId);
    const before = view.before(keyText(name))?.fields ?? null;
    if (policy && !mayRead(policy, auth, before)) throw denied(this.#caller);
  }

  #checkOne(
    document: string,
    operation: Operation,
    view: CommitView,
    time: number,
    lookedUp: LookedUp,
  ): boolean {
    const { policies, auth } = this.#caller;
    const { collectionId } = operation.name;
    const before = view.before(document)?.fields ?? null;
    const after = view.after(document)?.fields;
    const policy = policies.get(collectionId);
    if (policy && !mayWrite(policy, auth, before, after ?? null)) throw denied(this.#caller);
    const rules = rulesFor(this.#caller, collectionId);
    if (rules === 'closed') throw denied(this.#caller);
    if (rules === 'open') return true;
    return this.#checkRules(rules, operation, before, after, view, time, lookedUp);
  }

  #checkRules(
    rules: Ruleset,
    { name, expectation }: Operation,
    before: Fields | null,
    after: Fields | undefined,
    view: CommitView,
    time: number,
    lookedUp: LookedUp,
  ): boolean {
    const { auth } = this.#caller;
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
        lookedUp,
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
