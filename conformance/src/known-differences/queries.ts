import type { Json, Message } from '../wire.ts';
import { at, causeOf, type KnownDifference } from './entry.ts';

const NO_DESCENDING_NAMES =
  /^(Firestore does not support descending key scans|collection group queries are only allowed if they're at the root or .* scan)$/;

/** A time in it is finer than Firestore keeps it. */
function hasNanoseconds(value: Json | undefined): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if ('timestampValue' in value) {
    const nanos = Number((value.timestampValue as Message | null)?.nanos ?? 0);
    return nanos % 1000 !== 0;
  }
  return Object.values(value).some(hasNanoseconds);
}

const hasBothNumbers = (request: Message): boolean =>
  ['integerValue', 'doubleValue'].every((type) => JSON.stringify(request).includes(type));

function withoutSkips(responses: readonly unknown[]): object[] {
  return responses.map((one) => {
    const { done: _, skippedResults: __, ...rest } = one as Record<string, unknown>;
    return rest;
  });
}

/** Queries and aggregations. */
export const queryDifferences: readonly KnownDifference[] = [
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
    key: 'unspecified-operator',
    reason:
      'query.proto, FieldFilter.Operator: "Unspecified. This value must not be used." The emulator does not look at the operator when ' +
      'the operand is null or NaN.',
    matches: ({ oracle, target }) =>
      target.code === 'INVALID_ARGUMENT' &&
      target.message === 'Unknown FieldFilter operator.' &&
      (oracle.code === 'OK' || oracle.message !== target.message),
    matchesTarget: (oracle, target) =>
      causeOf(target)?.message === 'Unknown FieldFilter operator.' &&
      causeOf(oracle)?.message !== 'Unknown FieldFilter operator.',
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
    key: 'partition-query',
    reason: 'The emulator has no PartitionQuery; production documents it.',
    matches: ({ step, oracle }) => step.rpc === 'PartitionQuery' && oracle.code === 'UNIMPLEMENTED',
  },
];
