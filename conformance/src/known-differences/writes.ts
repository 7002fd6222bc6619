import type { Step } from '../case.ts';
import type { Difference } from '../compare.ts';
import type { Message } from '../wire.ts';
import { at, type KnownDifference } from './entry.ts';

const DOCUMENT = /^projects\/[^/]+\/databases\/[^/]+\/documents\/./;

function isOther(database: unknown, names: readonly unknown[]): boolean {
  return names.some(
    (name) => typeof name === 'string' && DOCUMENT.test(name) && !name.startsWith(`${String(database)}/`),
  );
}

/** The names of documents that a call asks for or writes. */
function documentNames({ request, more = [] }: Step): unknown[] {
  return [request, ...more].flatMap(({ documents, writes }) => {
    const written = ((writes ?? []) as Message[]).map(
      (write) =>
        (write.update as Message | undefined)?.name ??
        (write.transform as Message | undefined)?.document ??
        write.delete ??
        write.verify,
    );
    return [...((documents ?? []) as unknown[]), ...written];
  });
}

/** What the two servers told where they differ, of a call or of one of the writes of a batch. */
function told({
  step,
  where,
  oracle,
  target,
}: Difference): readonly [oracle: string, target: string] | undefined {
  if (where === 'message') return [oracle.message, target.message];
  if (step.rpc !== 'BatchWrite' || !/^responses\[0\]\.status\[\d+\]\.message$/.test(where)) return undefined;
  return [String(at(oracle.responses, where)), String(at(target.responses, where))];
}

function areTold(difference: Difference, theirs: string, ours: string): boolean {
  const [oracle, target] = told(difference) ?? ['', ''];
  return oracle.startsWith(theirs) && target.startsWith(ours);
}

const INVALID_VERSION = 'Invalid base version, it is greater than the stored version: ';

const isDeletedVersion = (message: string): boolean =>
  message.startsWith('the stored version (0) does not match the required base version (');

const isUnfit = (message: string): boolean =>
  /^(Cannot convert an? (array|vector) value in an array value\.|Property \S+ contains an invalid nested entity\.)$/.test(
    message,
  );

/** Commits, batches and streams of writes. */
export const writeDifferences: readonly KnownDifference[] = [
  {
    key: 'no-document-to-update',
    reason: 'Production says "No document to update: <name>"; the emulator shows a Datastore key.',
    matches: (difference) =>
      areTold(difference, 'no entity to update: app:', 'No document to update: projects/'),
  },
  {
    key: 'document-already-exists',
    reason: 'Production says "Document already exists: <name>"; the emulator shows a Datastore key.',
    matches: (difference) =>
      areTold(difference, 'entity already exists: EntityRef', 'Document already exists: projects/'),
  },
  {
    key: 'invalid-base-version',
    reason:
      'Production names documents by their resource names in its messages; the emulator shows a Datastore key.',
    matches: (difference) => areTold(difference, `${INVALID_VERSION}app:`, `${INVALID_VERSION}projects/`),
  },
  {
    key: 'other-database',
    reason:
      'firestore.proto: a BatchGet "will fail if any of the document is not a child resource of the given database"; the ' +
      'same goes for writes. The emulator takes the database from each name.',
    matches: ({ step, target }) =>
      target.code === 'INVALID_ARGUMENT' &&
      target.message.startsWith('The request was for database ') &&
      isOther(step.request.database, documentNames(step)),
  },
  {
    key: 'deleted-version',
    reason:
      'common.proto, Precondition.update_time: "the target document must exist and have been last updated at that time". The emulator ' +
      'compares with the time at which it was deleted.',
    matches: (difference) => {
      const { where, oracle, target } = difference;
      const [theirs, ours] = told(difference) ?? [oracle.message, target.message];
      if (!isDeletedVersion(ours)) return false;
      const isAboutVersion = /^the stored version \(<|^Invalid base version,/.test(theirs);
      if (where !== 'message' && where !== 'code') return isAboutVersion;
      return isAboutVersion || oracle.code === 'OK' || theirs.startsWith('no entity to update: app:');
    },
  },
  {
    key: 'empty-commit-time',
    reason:
      'firestore.proto: a CommitResponse has the time at which the commit occurred. The emulator leaves it out when there are no writes.',
    rewrite: (step, outcome) => {
      const [response] = outcome.responses;
      if (step.rpc !== 'Commit' || !response?.commitTime || response.writeResults !== undefined)
        return undefined;
      return { ...outcome, responses: [{}] };
    },
  },
  {
    key: 'document-size',
    reason: 'Production says which document is too large; the emulator only that an entity is.',
    matches: ({ where, oracle, target }) =>
      where === 'message' &&
      oracle.message === 'maximum entity size is 1048576 bytes' &&
      /^Document '.*' cannot be written because its size \([\d,]+ bytes\) exceeds /s.test(target.message),
  },
  {
    key: 'transform-paths',
    reason:
      'write.proto, FieldTransform.field_path: "The path of the field. See Document.fields for the field path syntax reference." The ' +
      'emulator does not check its length and the names in it, and forgets what was to be written to `__name__`.',
    matches: ({ step, where, target }) =>
      (where === 'code' || where === 'message') &&
      /"(updateTransforms|fieldTransforms)":/.test(JSON.stringify([step.request, step.more ?? []])) &&
      target.code === 'INVALID_ARGUMENT' &&
      /^(paths must have at most 20 elements|property path is longer than 1500 bytes\.|the name __(?:key|type)__ is reserved|field name '?__name__'? is reserved\.?)$/.test(
        target.message,
      ),
  },
  {
    key: 'transform-results',
    reason:
      'What a document may not hold (arrays in arrays, empty names: firebase.google.com/docs/firestore, data types and quotas), the ' +
      'emulator lets transforms put there.',
    matches: ({ step, where, oracle, target }) => {
      if (!/"(appendMissingElements)":/.test(JSON.stringify([step.request, step.more ?? []]))) return false;
      if (step.rpc !== 'BatchWrite')
        return oracle.code === 'OK' && target.code === 'INVALID_ARGUMENT' && isUnfit(target.message);
      const [, index] = /^responses\[0\]\.(?:status|writeResults)\[(\d+)\]/.exec(where) ?? [];
      const [theirs, ours] = [oracle, target].map(
        ({ responses }) => at(responses, `responses[0].status[${index}]`) as Message | undefined,
      );
      return !theirs?.code && ours?.code === 3 && isUnfit(String(ours.message));
    },
  },
  {
    key: 'write-of-two-kinds',
    reason:
      'Of two members of a oneof the last counts; no encoder writes both. The target has read the first by then, and refuses a value ' +
      'without a type in it.',
    matches: ({ step, oracle, target }) =>
      oracle.code === 'OK' &&
      target.message === 'Cannot convert firestore.v1.Value with type unset.' &&
      ((step.request.writes ?? []) as Message[]).some(
        (write) => ['update', 'delete', 'verify', 'transform'].filter((kind) => kind in write).length > 1,
      ),
  },
  {
    key: 'write-stream-verification',
    reason:
      'The emulator does not look for verified documents among those written when the writes come by a stream, only in Commit. No SDK ' +
      'sends `verify` by a stream; the target answers as Commit does.',
    matches: ({ step, target }) =>
      step.rpc === 'Write' &&
      target.code === 'INVALID_ARGUMENT' &&
      /^the same document cannot be (verified|written) .* in a single request$/.test(target.message),
  },
  {
    key: 'write-stream-database',
    reason:
      'firestore.proto, WriteRequest.database: the name of the database, required. The emulator only sees that there is one.',
    matches: ({ step, target }) =>
      step.rpc === 'Write' &&
      target.code === 'INVALID_ARGUMENT' &&
      target.message.startsWith(`Database name "${String(step.request.database)}" `),
  },
];
