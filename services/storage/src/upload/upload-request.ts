import { invalidArgument } from '@telestack/errors';
import type { ContentFacts, ObjectMetadata } from '../objects/object.ts';
import type { Preconditions } from '../objects/preconditions.ts';

/** What a client wants to store, whatever the API that it says it with. */
export interface UploadRequest {
  readonly bucket: string;
  readonly path: string;
  readonly metadata: ObjectMetadata;
  readonly downloadTokens: readonly string[];
  readonly preconditions: Preconditions;
  /** Where the client has said how long the object is. */
  readonly size?: number;
  /** Base64; the bytes must have them. */
  readonly md5?: string;
  readonly crc32c?: string;
}

/** @throws StatusError INVALID_ARGUMENT where the bytes are not those that the client meant */
export function checkContent(request: UploadRequest, facts: ContentFacts): void {
  if (request.size !== undefined && request.size !== facts.size) {
    throw invalidArgument(`The object should have ${request.size} bytes, but ${facts.size} have come.`);
  }
  checkSum('MD5', request.md5, facts.md5);
  checkSum('CRC32C', request.crc32c, facts.crc32c);
}

function checkSum(name: string, wanted: string | undefined, found: string | undefined): void {
  if (wanted === undefined || wanted === found) return;
  throw invalidArgument(
    `Provided ${name} hash "${wanted.slice(0, 64)}" doesn't match calculated ${name} hash "${found}".`,
  );
}
