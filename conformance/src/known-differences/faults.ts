import { INVALID_UTF8 } from '../wire.ts';
import { causeOf, type KnownDifference } from './entry.ts';

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
  [
    /^The query contains \d+ distinct inequality fields: /,
    /^(__key__ filter value must be a Key$|the name __key__ is reserved$|The request was for database |paths must have at most 20 elements$)/,
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

/** What is told of fields; those of a map come in no order. */
const ABOUT_FIELDS =
  /^(field name .* is reserved\.?|Cannot convert an? (array|vector) value in an array value\.)$/;

const areTwoFaults = (oracle: string, target: string): boolean =>
  (ABOUT_FIELDS.test(oracle) && ABOUT_FIELDS.test(target)) ||
  TWO_FAULTS.some(([theirs, ours]) => theirs.test(oracle) && ours.test(target));

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

const OWN_FAULTS = new Set(['UNKNOWN', 'INTERNAL']);

/** What is told of requests that are wrong, whatever they ask for. */
export const requestFaults: readonly KnownDifference[] = [
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
    key: 'timestamp-range',
    reason:
      'The emulator names a page of a Java library where a time is none; production says which part of the time exceeds its limit.',
    matches: ({ where, oracle, target }) =>
      where === 'message' &&
      oracle.message.startsWith('invalid timestamp, please check https://') &&
      /^Timestamp (seconds|nanos) exceeds limit for field\.$/.test(target.message),
  },
];
