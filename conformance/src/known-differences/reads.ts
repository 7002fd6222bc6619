import type { Step } from '../case.ts';
import { at, type KnownDifference } from './entry.ts';

/** What has to be the same on each page of a list. */
function parametersOf({ request: { pageToken: _, pageSize: __, ...parameters } }: Step): string {
  return JSON.stringify(parameters);
}

/** Documents by name, and listings. */
export const readDifferences: readonly KnownDifference[] = [
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
];
