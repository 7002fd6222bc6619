import { causeOf, type KnownDifference } from './entry.ts';

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
    '^paths must have at most 20 elements$',
    '^property path is longer than 1500 bytes\\.$',
    '^(limit|offset) is negative$',
  ].join('|'),
);

/** What it looks at for both, after that. */
const CHECKED_LATER =
  /^(Too many disjunctions |order by clause cannot contain |Only a single array-contains clause is allowed|Equality on key is not allowed |Firestore does not support descending)/;

/** Live queries. */
export const listenDifferences: readonly KnownDifference[] = [
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
