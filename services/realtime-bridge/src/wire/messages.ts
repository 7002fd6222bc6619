import type { StatusError } from '@telestack/errors';
import {
  TargetChange_TargetChangeType as ChangeType,
  ListenResponse,
  type TargetChange,
} from '@telestack/protos/google/firestore/v1/firestore.ts';
import type { ExistenceFilter } from '@telestack/protos/google/firestore/v1/write.ts';

const NO_TOKEN = Buffer.alloc(0);

function targetChange(change: Partial<TargetChange>): Uint8Array {
  return ListenResponse.encode({
    responseType: {
      $case: 'targetChange',
      targetChange: {
        targetChangeType: ChangeType.NO_CHANGE,
        targetIds: [],
        cause: undefined,
        resumeToken: NO_TOKEN,
        readTime: undefined,
        ...change,
      },
    },
  }).finish();
}

export const addMessage = (targetId: number): Uint8Array =>
  targetChange({ targetChangeType: ChangeType.ADD, targetIds: [targetId] });

/** The answer to a removal, or with a cause the end of a target that failed. */
export const removeMessage = (targetId: number, cause?: StatusError): Uint8Array =>
  targetChange({
    targetChangeType: ChangeType.REMOVE,
    targetIds: [targetId],
    cause: cause && { code: cause.code, message: cause.message, details: [] },
  });

export const resetMessage = (targetId: number): Uint8Array =>
  targetChange({ targetChangeType: ChangeType.RESET, targetIds: [targetId] });

/** `readTime` in microseconds. */
export const currentMessage = (targetId: number, readTime: number, resumeToken: Buffer): Uint8Array =>
  targetChange({ targetChangeType: ChangeType.CURRENT, targetIds: [targetId], readTime, resumeToken });

/** The global NO_CHANGE: all targets of the stream are consistent at `readTime` (microseconds). SDKs raise their snapshot on it. */
export const snapshotMessage = (readTime: number, resumeToken: Buffer): Uint8Array =>
  targetChange({ readTime, resumeToken });

/** Says nothing; it shows that the stream is alive while it has no snapshot. */
export const KEEP_ALIVE: Uint8Array = targetChange({});

export const documentDeleteMessage = (
  document: string,
  removedTargetIds: number[],
  readTime: number,
): Uint8Array =>
  ListenResponse.encode({
    responseType: { $case: 'documentDelete', documentDelete: { document, removedTargetIds, readTime } },
  }).finish();

export const documentRemoveMessage = (
  document: string,
  removedTargetIds: number[],
  readTime: number,
): Uint8Array =>
  ListenResponse.encode({
    responseType: { $case: 'documentRemove', documentRemove: { document, removedTargetIds, readTime } },
  }).finish();

export const filterMessage = (filter: ExistenceFilter): Uint8Array =>
  ListenResponse.encode({ responseType: { $case: 'filter', filter } }).finish();
