import { invalidArgument } from '@telestack/errors';
import type { Operation } from './operation.ts';
import { keyText } from './request.ts';

/** What a write is to Google's backend, which makes one mutation out of all writes of a document in a commit. */
type Mutation = 'upsert' | 'update' | 'insert' | 'delete';

const mutationOf = (operation: Operation): Mutation =>
  operation.kind === 'delete' ? 'delete' : baseOf(operation);

function baseOf({ kind, expectation }: Operation): Mutation {
  if (expectation === undefined) return 'upsert';
  if (expectation.kind === 'exists') return expectation.exists ? 'update' : 'insert';
  if (kind === 'delete') return 'upsert';
  // Version 0 is that of a missing document.
  return expectation.updateTime === 0 ? 'insert' : 'update';
}

/**
 * Checks that the writes of each document in a commit can follow one another. Only the first one's precondition is about what is stored.
 * @throws StatusError INVALID_ARGUMENT
 */
export function checkSequences(operations: readonly Operation[]): void {
  if (operations.length < 2) return;
  const sequences = new Map<string, Sequence>();
  for (const operation of operations) {
    if (operation.kind === 'verify') continue;
    const document = keyText(operation.name);
    const mutation = mutationOf(operation);
    const version = versionOf(operation);
    const before = sequences.get(document);
    if (before === undefined) {
      sequences.set(document, { mutation, version, base: baseOf(operation) });
      continue;
    }
    checkPair(before, operation, mutation, version);
    sequences.set(document, { ...before, mutation: mutation === 'delete' ? 'delete' : before.base });
  }
}

interface Sequence {
  /** What the writes so far come to. */
  readonly mutation: Mutation;
  /** What they come to when they leave a document: the first write's precondition says. */
  readonly base: Mutation;
  /** The update time that the first write expects. */
  readonly version: number | undefined;
}

function checkPair(
  before: Sequence,
  { expectation }: Operation,
  mutation: Mutation,
  version: number | undefined,
): void {
  const cannot = () =>
    invalidArgument(`Cannot ${before.mutation} then ${mutation} an entity in the same request.`);
  const exists = expectation?.kind === 'exists' ? expectation.exists : undefined;
  if (before.mutation === 'delete') {
    if (mutation === 'update' || exists === true) throw cannot();
  } else if (mutation === 'insert' || exists === false) throw cannot();
  if (version !== undefined && version !== before.version) {
    throw invalidArgument(
      `Cannot collapse mutations with different version preconditions (${versionText(before.version)} and ${versionText(version)})`,
    );
  }
}

const versionOf = ({ expectation }: Operation): number | undefined =>
  expectation?.kind === 'updateTime' ? expectation.updateTime : undefined;

const versionText = (version: number | undefined): string =>
  version === undefined ? 'null' : `VersionPrecondition{exactBaseVersion=${version}, maxBaseVersion=null}`;
