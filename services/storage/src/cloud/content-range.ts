import { invalidArgument } from '@telestack/errors';

export interface ContentRange {
  /** Undefined where the client asks how far the upload is; where that is all of `total`, it is finished. */
  readonly start: number | undefined;
  /** Inclusive; undefined where the client does not know it yet: the request has all that is left. */
  readonly end: number | undefined;
  readonly total: number | undefined;
}

/**
 * The `Content-Range` of a resumable upload: "bytes 0-262143/1000000", with "*" for what is not known; "bytes *" + "/1000000" asks how
 * far it is; without one, the request has everything.
 * @throws StatusError INVALID_ARGUMENT
 */
export function parseContentRange(header: string | undefined): ContentRange | undefined {
  if (header === undefined) return undefined;
  const found = /^bytes\s+(?:(\*)|(\d{1,15})-(\d{1,15}|\*))\/(\d{1,15}|\*)$/.exec(header.trim());
  if (!found) throw invalidArgument('Failed to parse Content-Range header.');
  const [, isQuery, start, end, total] = found;
  if (isQuery !== undefined) return { start: undefined, end: undefined, total: number(total) };
  const range = { start: Number(start), end: number(end), total: number(total) };
  if (range.end !== undefined && range.end < range.start)
    throw invalidArgument('Failed to parse Content-Range header.');
  return range;
}

const number = (text: string | undefined): number | undefined =>
  text === undefined || text === '*' ? undefined : Number(text);
