import type { Step } from './case.ts';
import type { Difference } from './compare.ts';
import type { Outcome } from './endpoint.ts';
import { INVALID_UTF8, type Json, type Message } from './wire.ts';

/**
 * The reviewed list of accepted differences. An entry needs a reason that names what production documents; an entry
 * without one is a bug that somebody has hidden. Keep predicates narrow: they must not match anything else.
 */
export interface KnownDifference {
  key: string;
  reason: string;
  matches?(difference: Difference): boolean;
  /** What a listener has of a target: its documents, or `{ removed: cause }`; and the target as it was sent. */
  matchesTarget?(oracle: Json, target: Json, sent: Message): boolean;
  /** Takes out of the target's result what the oracle lacks, before later steps use it or times are ranked. */
  rewrite?(step: Step, outcome: Outcome): Outcome | undefined;
}

const OWN_FAULTS = new Set(['UNKNOWN', 'INTERNAL']);

const NO_DESCENDING_NAMES =
  /^(Firestore does not support descending key scans|collection group queries are only allowed if they're at the root or .* scan)$/;

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

/** What the emulator looks at for RunQuery and not for Listen. */
const UNCHECKED_BY_LISTEN = new RegExp(
  [
    '^the name __key__ is reserved$',
    '^__key__ filter value must be a Key$',
    '^The cursor key is in a different database than the query$',
    '^The request was for database ',
    '^The query contains \\d+ distinct inequality fields: ',
    '^The query kind is longer than 1500 bytes\\.$',
    '^A (query limit|query offset|cursor) cannot be used with FindNearest$',
    '^kind is required for ',
    '^(limit|offset) is negative$',
  ].join('|'),
);

/** What it looks at for both, after that. */
const CHECKED_LATER =
  /^(Too many disjunctions |order by clause cannot contain |Only a single array-contains clause is allowed|Equality on key is not allowed |Firestore does not support descending)/;

/** Faults that a request can have both, as the oracle and as the target tell of it. */
const TWO_FAULTS: readonly (readonly [oracle: RegExp, target: RegExp])[] = [
  [
    /^Equality on key is not allowed if there are other inequality fields/,
    /^(kind is required for filter: |__key__ filter value must be a Key$)/,
  ],
  [
    /^The requested 'read_time' (is too old|cannot be in the future)\.$/,
    /^(This query requires an index that has fields .* after __name__ |Too many disjunctions |order by clause cannot contain )/,
  ],
  [/^Invalid transaction\.$/, /^collection id must be set when show_missing is true$/],
  [
    /^(Only a single 'NOT_EQUAL', 'NOT_IN', 'IS_NOT_NAN', or 'IS_NOT_NULL' filter allowed per query\.|'NOT_IN' cannot be used in the same query )/,
    /^Document parent name "/,
  ],
  [
    /^This query requires an index that has fields .* after __name__ /,
    /^Too many disjunctions after normalization\./,
  ],
];

const areTwoFaults = (oracle: string, target: string): boolean =>
  TWO_FAULTS.some(([theirs, ours]) => theirs.test(oracle) && ours.test(target));

/** What has to be the same on each page of a list. */
function parametersOf({ request: { pageToken: _, pageSize: __, ...parameters } }: Step): string {
  return JSON.stringify(parameters);
}

/** A time in it is finer than Firestore keeps it. */
function hasNanoseconds(value: Json | undefined): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if ('timestampValue' in value) {
    const nanos = Number((value.timestampValue as Message | null)?.nanos ?? 0);
    return nanos % 1000 !== 0;
  }
  return Object.values(value).some(hasNanoseconds);
}

export const knownDifferences: KnownDifference[] = [
  {
    key: 'two-faults',
    reason: 'A request with two faults is refused on both servers. No documentation says for which of them.',
    matches: ({ oracle, target }) => areTwoFaults(oracle.message, target.message),
    matchesTarget: (oracle, target) =>
      areTwoFaults(String(causeOf(oracle)?.message), String(causeOf(target)?.message)),
  },
  {
    key: 'emulator-crash',
    reason:
      'The emulator answers UNKNOWN when it throws (invalid UTF-8, six aggregations, a page token with order_by). The ' +
      'target may say anything but UNKNOWN or INTERNAL; text that is not UTF-8 it must refuse.',
    matches: ({ step, oracle, target }) =>
      oracle.code === 'UNKNOWN' &&
      !OWN_FAULTS.has(target.code) &&
      (target.code !== 'OK' || !JSON.stringify(step.request).includes(INVALID_UTF8)),
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
    key: 'partition-query',
    reason: 'The emulator has no PartitionQuery; production documents it.',
    matches: ({ step, oracle }) => step.rpc === 'PartitionQuery' && oracle.code === 'UNIMPLEMENTED',
  },
  {
    key: 'no-document-to-update',
    reason: 'Production says "No document to update: <name>"; the emulator shows a Datastore key.',
    matches: ({ where, oracle, target }) =>
      where === 'message' &&
      oracle.message.startsWith('no entity to update: app:') &&
      target.message.startsWith('No document to update: projects/'),
  },
  {
    key: 'document-already-exists',
    reason: 'Production says "Document already exists: <name>"; the emulator shows a Datastore key.',
    matches: ({ where, oracle, target }) =>
      where === 'message' &&
      oracle.message.startsWith('entity already exists: EntityRef') &&
      target.message.startsWith('Document already exists: projects/'),
  },
  {
    key: 'transaction-expired',
    reason:
      'Production says "The referenced transaction has expired or is no longer valid."; the SDKs retry on its words ' +
      '(nodejs-firestore, isRetryableTransactionError). The emulator says "Transaction is invalid or closed."',
    matches: ({ where, oracle, target }) =>
      where === 'message' &&
      oracle.message === 'Transaction is invalid or closed.' &&
      target.message === 'The referenced transaction has expired or is no longer valid.',
  },
  {
    key: 'commit-sent-again',
    reason:
      'Clients send a commit again when they did not get its answer (UNAVAILABLE): a transaction that was committed with the same writes gets the ' +
      'same answer, or its writes would be applied twice. The emulator has forgotten it.',
    matches: ({ step, oracle, target }) =>
      step.rpc === 'Commit' &&
      oracle.message === 'Transaction is invalid or closed.' &&
      target.code === 'OK' &&
      ((step.request.writes ?? []) as unknown[]).length === 0,
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
    key: 'count-up-to-zero',
    reason: 'query.proto: up_to "must be greater than zero when present". The emulator takes 0.',
    matches: ({ step, where, oracle, target }) =>
      (where === 'code' || where === 'message') &&
      target.code === 'INVALID_ARGUMENT' &&
      target.message.startsWith('The `up_to` value in a COUNT aggregation must be greater than') &&
      (/"upTo":\{("value":0)?\}/.test(JSON.stringify(step.request)) ||
        oracle.message === 'The `up_to` value in a COUNT aggregation must be greater than or equal to zero.'),
  },
  {
    key: 'show-missing-mask',
    reason:
      'firestore.proto: mask holds "the fields to return". The emulator ignores it when show_missing is set.',
    matches: ({ step, where }) =>
      step.rpc === 'ListDocuments' &&
      step.request.showMissing === true &&
      step.request.mask !== undefined &&
      /^responses\[0\]\.documents\[\d+\]\.fields/.test(where),
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
    key: 'query-done',
    reason:
      'Production does not set `done` (recorded responses of its REST API end without it); the emulator does, with the last document.',
    matches: ({ step, where, oracle, target }) =>
      (step.rpc === 'RunQuery' || step.rpc === 'RunAggregationQuery') &&
      where === `responses[${oracle.responses.length - 1}].done` &&
      at(oracle.responses, where) === true &&
      at(target.responses, where) === undefined,
  },
  {
    key: 'query-skipped-results',
    reason:
      'Production tells `skipped_results` in a message of its own, whatever comes after it (recorded responses of its REST API). The ' +
      'emulator tells it with the first document, or not at all.',
    matches: ({ step, where, oracle, target }) => {
      if (step.rpc !== 'RunQuery' || !/^responses(\.length|\[\d\](\.skippedResults)?)$/.test(where))
        return false;
      const isBare = (one: object) => Object.keys(one).join() === 'readTime';
      const [ours, theirs] = [withoutSkips(target.responses), withoutSkips(oracle.responses)];
      const at = ours.findIndex(isBare);
      return (
        at >= 0 &&
        target.responses.slice(at, at + 1).some((one) => (one as Message).skippedResults !== undefined) &&
        JSON.stringify(ours.toSpliced(at, 1)) === JSON.stringify(theirs.filter((one) => !isBare(one)))
      );
    },
  },
  {
    key: 'document-not-found',
    reason: 'Production says: Document "<name>" not found. (recorded responses of its REST API)',
    matches: ({ step, where, oracle, target }) =>
      step.rpc === 'GetDocument' &&
      where === 'message' &&
      oracle.message === `Document (${String(step.request.name)}) not found.` &&
      target.message === `Document "${String(step.request.name)}" not found.`,
  },
  {
    key: 'invalid-base-version',
    reason:
      'Production names documents by their resource names in its messages; the emulator shows a Datastore key.',
    matches: ({ where, oracle, target }) =>
      where === 'message' && isBaseVersion(oracle.message, target.message),
  },
  {
    key: 'batch-write-status-message',
    reason:
      'The messages of a BatchWrite status are those of Commit: see no-document-to-update and its neighbours.',
    matches: ({ step, where, oracle, target }) => {
      if (step.rpc !== 'BatchWrite' || !/^responses\[0\]\.status\[\d+\]\.message$/.test(where)) return false;
      const [theirs, ours] = [String(at(oracle.responses, where)), String(at(target.responses, where))];
      return (
        (theirs.startsWith('no entity to update: app:') &&
          ours.startsWith('No document to update: projects/')) ||
        (theirs.startsWith('entity already exists: EntityRef') &&
          ours.startsWith('Document already exists: projects/')) ||
        isBaseVersion(theirs, ours)
      );
    },
  },
  {
    key: 'transaction-id-form',
    reason:
      'The ids of transactions are opaque: what looks like an id of the emulator is malformed elsewhere.',
    matches: ({ step, where, oracle, target }) =>
      where === 'message' &&
      /^Transaction is invalid or (closed|expired)\.$/.test(oracle.message) &&
      target.message === 'Invalid transaction.' &&
      /"(transaction|retryTransaction)":"E/.test(JSON.stringify(step.request)),
  },
  {
    key: 'retry-unknown-transaction',
    reason: 'The emulator crashes when a transaction that it does not know is to be retried.',
    matches: ({ step, oracle, target }) =>
      step.rpc === 'BeginTransaction' && oracle.code === 'UNKNOWN' && target.code === 'INVALID_ARGUMENT',
  },
  {
    key: 'descending-names',
    reason:
      'Production serves queries by descending name from an index (queries.md: "By default, all documents are sorted by ID ascending"; ' +
      'recorded responses). The emulator has no such index.',
    matches: ({ oracle, target }) =>
      oracle.code === 'FAILED_PRECONDITION' &&
      NO_DESCENDING_NAMES.test(oracle.message) &&
      (target.code === 'OK' || target.code === 'INVALID_ARGUMENT'),
    matchesTarget: (oracle, target) => {
      const theirs = causeOf(oracle);
      return theirs?.code === 9 && NO_DESCENDING_NAMES.test(String(theirs.message)) && Array.isArray(target);
    },
  },
  {
    key: 'timestamp-range',
    reason:
      'The emulator names a page of a Java library where a time is none; production says which part of the time exceeds its limit.',
    matches: ({ where, oracle, target }) =>
      where === 'message' &&
      oracle.message.startsWith('invalid timestamp, please check https://') &&
      /^Timestamp (seconds|nanos) exceeds limit for field\.$/.test(target.message),
  },
  {
    key: 'page-token-at-end',
    reason:
      'firestore.proto: without a page token "there are no subsequent pages" (recorded responses of production agree). The emulator hands ' +
      'out a token with every full page; the page behind the last is empty.',
    matches: ({ step, where, oracle, target }) =>
      (step.rpc === 'ListDocuments' || step.rpc === 'ListCollectionIds') &&
      where === 'responses[0].nextPageToken' &&
      at(target.responses, where) === undefined &&
      at(oracle.responses, where) !== undefined,
  },
  {
    key: 'page-token-of-another-request',
    reason:
      'firestore.proto, page_token: "all other parameters (with the exception of page_size) must match" those of the request that gave it. ' +
      'Where they do not, the page that is the last for the target need not be the last for the emulator.',
    matches: ({ step, earlier, where, oracle, target }) =>
      step.rpc === 'ListDocuments' &&
      where.startsWith('responses[0].documents') &&
      oracle.code === 'OK' &&
      JSON.stringify(target.responses) === '[{}]' &&
      earlier.some((it) => it.rpc === step.rpc && parametersOf(it) !== parametersOf(step)),
  },
  {
    key: 'operand-precision',
    reason:
      'Data types: a time is "precise only to microseconds", any additional precision is rounded down. The target does so with operands as ' +
      'well, and finds what was written with a time by that time; the emulator does for IN, and compares nanoseconds for the other operators.',
    matches: ({ step, oracle, target }) =>
      (step.rpc === 'RunQuery' || step.rpc === 'RunAggregationQuery') &&
      oracle.code === 'OK' &&
      target.code === 'OK' &&
      hasNanoseconds(step.request),
  },
  {
    key: 'values-first',
    reason:
      "A request with several faults is told one of them. The target looks at values when it decodes the request; Google's backend " +
      'looks at them when their turn comes. Which is told is not documented; the code is the same.',
    matches: ({ where, oracle, target }) =>
      where === 'message' && oracle.code === 'INVALID_ARGUMENT' && isAboutValue(target.message),
    matchesTarget: (oracle, target) =>
      causeOf(oracle)?.code === 3 && isAboutValue(String(causeOf(target)?.message)),
  },
  {
    key: 'deleted-version',
    reason:
      'common.proto, Precondition.update_time: "the target document must exist and have been last updated at that time". The emulator ' +
      'compares with the time at which it was deleted.',
    matches: ({ step, where, oracle, target }) => {
      const [theirs, ours] = [at(oracle.responses, where), at(target.responses, where)];
      if (step.rpc === 'BatchWrite' && /^responses\[0\]\.status\[\d+\]\.message$/.test(where))
        return (
          isDeletedVersion(String(ours)) &&
          /^the stored version \(<|^Invalid base version,/.test(String(theirs))
        );
      return (
        (where === 'message' || where === 'code') &&
        target.code === 'FAILED_PRECONDITION' &&
        isDeletedVersion(target.message) &&
        (oracle.code === 'OK' ||
          oracle.message.startsWith('no entity to update: app:') ||
          /^the stored version \(<|^Invalid base version,/.test(oracle.message))
      );
    },
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
  {
    key: 'transaction-of-another-database',
    reason:
      'firestore.proto: a transaction belongs to the database of its BeginTransaction. The emulator takes its id in any of them.',
    matches: ({ earlier, oracle, target }) =>
      target.message === 'The referenced transaction has expired or is no longer valid.' &&
      (oracle.code === 'OK' ||
        oracle.code === 'NOT_FOUND' ||
        /^Transaction is invalid or (closed|expired)\.$/.test(oracle.message)) &&
      earlier.some(
        ({ rpc, request }) =>
          rpc === 'BeginTransaction' && /\/databases\/other$/.test(String(request.database)),
      ),
  },
  {
    key: 'too-old-list-of-nothing',
    reason:
      'firestore.proto, ListDocumentsRequest.read_time: "This must be a microsecond precision timestamp within the past one hour". The emulator ' +
      'does not look at the time when the collection is empty.',
    matches: ({ step, oracle, target }) =>
      step.rpc === 'ListDocuments' &&
      target.message === "The requested 'read_time' is too old." &&
      oracle.code === 'OK' &&
      JSON.stringify(oracle.responses) === '[{}]',
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
    key: 'unspecified-operator',
    reason:
      'query.proto, FieldFilter.Operator: "Unspecified. This value must not be used." The emulator does not look at the operator when ' +
      'the operand is null or NaN.',
    matches: ({ oracle, target }) =>
      target.code === 'INVALID_ARGUMENT' &&
      target.message === 'Unknown FieldFilter operator.' &&
      (oracle.code === 'OK' || oracle.message !== target.message),
    matchesTarget: (oracle, target) =>
      Array.isArray(oracle) && causeOf(target)?.message === 'Unknown FieldFilter operator.',
  },
  {
    key: 'numbers-of-one-value',
    reason:
      'Data types: integers and doubles are compared by value. A filter that is repeated with the same number in the other type is the ' +
      'same filter; the emulator counts both towards the limits on disjunctions and array memberships.',
    matches: ({ step, oracle, target }) =>
      /^(A maximum of 1 'ARRAY_CONTAINS' filter is allowed|Too many disjunctions after normalization)/.test(
        oracle.message,
      ) &&
      oracle.message !== target.message &&
      hasBothNumbers(step.request),
    matchesTarget: (oracle, target, query) =>
      Array.isArray(target) &&
      /^Only a single array-contains clause is allowed in a query|^Too many disjunctions after normalization/.test(
        String(causeOf(oracle)?.message),
      ) &&
      hasBothNumbers(query),
  },
  {
    key: 'sum-rounding',
    reason:
      'No documentation says how sums of doubles are rounded. The target rounds the exact sum of the decimal forms, the emulator adds ' +
      'binary ones: the last digit can differ, and what is left where summands cancel each other out.',
    matches: ({ step, where, oracle, target }) => {
      if (step.rpc !== 'RunAggregationQuery' || !/aggregateFields\..*\.doubleValue$/.test(where))
        return false;
      const [theirs, ours] = [Number(at(oracle.responses, where)), Number(at(target.responses, where))];
      const distance = Math.abs(theirs - ours);
      const hasCancelled = (theirs === 0 || ours === 0) && distance < 1e-6;
      return hasCancelled || distance <= 4 * Number.EPSILON * Math.max(Math.abs(theirs), Math.abs(ours));
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
    key: 'large-operand',
    reason:
      'Quotas: values over 1,500 bytes are truncated in indexes, and queries for them "may return inconsistent results". The emulator ' +
      'refuses them in filters; the target compares whole values.',
    matches: ({ oracle, target }) =>
      oracle.code === 'INVALID_ARGUMENT' &&
      /^value for .* is too large to be used in a query$/s.test(oracle.message) &&
      (target.code === 'OK' || target.code === 'INVALID_ARGUMENT'),
    matchesTarget: (oracle, target) =>
      / is too large to be used in a query$/.test(String(causeOf(oracle)?.message)) && Array.isArray(target),
  },
  {
    key: 'show-missing-page-size',
    reason:
      'The emulator does not look at a negative page size when show_missing is set; otherwise it refuses it.',
    matches: ({ step, target }) =>
      step.rpc === 'ListDocuments' &&
      step.request.showMissing === true &&
      Number(step.request.pageSize) < 0 &&
      target.message === 'Page size must be nonnegative.',
  },
  {
    key: 'list-long-collection',
    reason:
      'A collection id has at most 1,500 bytes (quotas); RunQuery says so on both servers. The emulator lists nothing for a longer one.',
    matches: ({ step, oracle, target }) =>
      step.rpc === 'ListDocuments' &&
      oracle.code === 'OK' &&
      target.message === 'The query kind is longer than 1500 bytes.' &&
      String(step.request.collectionId).length > 500,
  },
  {
    key: 'page-token-of-another-query',
    reason:
      'firestore.proto: with a page token "all other values must match" the first request. The emulator reads on where the token says, ' +
      'whatever was asked for.',
    matches: ({ step, earlier, oracle, target }) =>
      (step.rpc === 'ListDocuments' || step.rpc === 'ListCollectionIds') &&
      oracle.code === 'OK' &&
      target.message === 'invalid page token' &&
      earlier.some(({ rpc, request }) => rpc === step.rpc && request.orderBy !== step.request.orderBy),
  },
  {
    key: 'listen-refusal',
    reason:
      'The emulator words some refusals of RunQuery differently for Listen, as FAILED_PRECONDITION. The target answers both alike; SDKs ' +
      'hand the cause on as it is.',
    matchesTarget: (oracle, target) => {
      const [theirs, ours] = [causeOf(oracle), causeOf(target)];
      return (
        theirs?.code === 9 &&
        ours?.code === 3 &&
        [
          [
            'collection group queries are only allowed if',
            'collection group queries are only allowed at the root parent',
          ],
          [
            'Only a single array-contains clause is allowed in a query',
            "A maximum of 1 'ARRAY_CONTAINS' filter is allowed",
          ],
        ].some(([a, b]) => String(theirs.message).startsWith(a!) && String(ours.message).startsWith(b!))
      );
    },
  },
  {
    key: 'listen-unchecked',
    reason:
      'What RunQuery refuses on both servers with these words, the emulator does not look at for Listen: it goes on to what it finds next, or ' +
      'to a result. The target answers both alike.',
    matchesTarget: (oracle, target) => {
      const [theirs, ours] = [causeOf(oracle), causeOf(target)];
      return (
        ours?.code === 3 &&
        UNCHECKED_BY_LISTEN.test(String(ours.message)) &&
        (Array.isArray(oracle) || CHECKED_LATER.test(String(theirs?.message)))
      );
    },
  },
  {
    key: 'listen-without-query',
    reason:
      'firestore.proto, QueryTarget: "The query to run" is a oneof that must be set. The emulator then listens to all collections below ' +
      'the parent; for RunQuery it refuses the same.',
    matchesTarget: (_, target) => causeOf(target)?.message === 'The query target has no query.',
  },
];

function causeOf(shown: Json): Message | undefined {
  if (shown === null || typeof shown !== 'object' || Array.isArray(shown)) return undefined;
  return (shown.removed ?? undefined) as Message | undefined;
}

const hasBothNumbers = (request: Message): boolean =>
  ['integerValue', 'doubleValue'].every((type) => JSON.stringify(request).includes(type));

function isBaseVersion(theirs: string, ours: string): boolean {
  const text = 'Invalid base version, it is greater than the stored version: ';
  return theirs.startsWith(`${text}app:`) && ours.startsWith(`${text}projects/`);
}

const isDeletedVersion = (message: string): boolean =>
  message.startsWith('the stored version (0) does not match the required base version (');

const isUnfit = (message: string): boolean =>
  /^(Cannot convert an? (array|vector) value in an array value\.|Property \S+ contains an invalid nested entity\.)$/.test(
    message,
  );

/** Whether a message is about a Value that there is not, as packages/values decodes it. */
const isAboutValue = (message: string): boolean =>
  [
    /^Cannot convert firestore\.v1\.Value with type unset\.$/,
    /^Value type is not supported: \w+$/,
    /^Value is nested too deeply\.$/,
    /^Timestamp (seconds|nanos) exceeds limit for field\.$/,
    /^Geo point (latitude|longitude) '[^']*' outside permitted range /,
    /^Resource name ".*" /s,
    /^(Resource|Collection) id ".*" is invalid because it is /s,
    /^Non-document resource reference value not supported\.$/,
    /^Field __type__ is not a string\.$/,
    /^Vectors? (map|value|must|cannot|Value) /i,
    /^Cannot have a zero length vector\.$/,
    /^String value is not valid UTF-8\.$/,
  ].some((form) => form.test(message));

/** The value at a path as `places` gives it: "responses[0].status[1].message". */
function at(responses: readonly unknown[], path: string): unknown {
  const keys = path.match(/[^.[\]]+/g)!.slice(1);
  return keys.reduce<unknown>(
    (value, key) => (value as Record<string, unknown> | undefined)?.[key],
    responses,
  );
}

function withoutSkips(responses: readonly unknown[]): object[] {
  return responses.map((one) => {
    const { done: _, skippedResults: __, ...rest } = one as Record<string, unknown>;
    return rest;
  });
}
