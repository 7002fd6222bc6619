import { invalidArgument } from '@telestack/errors';
import type { ByteSource } from './byte-source.ts';

/** A body of multipart/related (RFC 2387) with two parts: metadata as JSON, then the object's bytes. */
export interface RelatedBody {
  readonly metadata: Record<string, unknown>;
  /** Of the second part; '' when it has none. */
  readonly contentType: string;
  readonly bytes: AsyncGenerator<Buffer>;
  /** Bytes that the body has at least behind its head, and at most. */
  readonly atLeast: number;
  readonly atMost: number;
}

const MAX_HEAD_BYTES = 256 * 1024;
/** Room for line breaks and remarks behind the last delimiter. */
const EPILOGUE_BYTES = 256;

/** Reads a body up to where the object's bytes begin. @throws StatusError INVALID_ARGUMENT */
export async function readRelated(
  contentType: string,
  source: ByteSource,
  contentLength: number | undefined,
): Promise<RelatedBody> {
  const boundary = boundaryOf(contentType);
  const delimiter = Buffer.from(`--${boundary}`);
  const head = new Head(source);
  await head.through(delimiter);
  // The line break behind a delimiter belongs to the blank line where a part has no headers.
  const metadataHeaders = (await head.through(BLANK)).toString('latin1');
  if (!/^content-type:/im.test(metadataHeaders)) throw broken('Missing content type.');
  const metadata = parseJson(await head.through(Buffer.concat([LINE, delimiter])));
  const bytesHeaders = (await head.through(BLANK)).toString('latin1');
  head.end();
  const left = contentLength === undefined ? Number.POSITIVE_INFINITY : contentLength - source.taken;
  const closing = delimiter.length + 4;
  return {
    metadata,
    contentType: /^content-type:[ \t]*([^\r\n]*)/im.exec(bytesHeaders)?.[1]?.trim() ?? '',
    bytes: untilDelimiter(source, Buffer.concat([LINE, delimiter])),
    atLeast: Number.isFinite(left) ? Math.max(0, left - closing - EPILOGUE_BYTES) : 0,
    atMost: left,
  };
}

const LINE = Buffer.from('\r\n');
const BLANK = Buffer.from('\r\n\r\n');

function boundaryOf(contentType: string): string {
  const found =
    /^multipart\/(?:related|mixed|form-data)\b.*;\s*boundary=(?:"([^"]+)"|'([^']+)'|([^;\s]+))/i.exec(
      contentType,
    );
  const boundary = found?.[1] ?? found?.[2] ?? found?.[3];
  if (boundary === undefined || boundary.length > 200) {
    throw invalidArgument(`Bad content type. ${contentType.slice(0, 200)}`);
  }
  return boundary;
}

function parseJson(bytes: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
  } catch {
    // Told below.
  }
  throw broken('The metadata is not a JSON object.');
}

function broken(why: string) {
  return invalidArgument(`Failed to parse multipart request body: ${why}`);
}

/** What comes before the object's bytes, searched piece by piece. */
class Head {
  readonly #source: ByteSource;
  #pending: Buffer = Buffer.alloc(0);

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** The bytes up to `mark`, which is passed over. */
  async through(mark: Buffer): Promise<Buffer> {
    for (;;) {
      const at = this.#pending.indexOf(mark);
      if (at >= 0) {
        const before = this.#pending.subarray(0, at);
        this.#pending = this.#pending.subarray(at + mark.length);
        return before;
      }
      if (this.#pending.length > MAX_HEAD_BYTES) throw broken('The metadata is too long.');
      const chunk = await this.#source.next();
      if (chunk === undefined) throw broken('It ends too soon.');
      this.#pending = Buffer.concat([this.#pending, chunk]);
    }
  }

  /** Gives what was read too far back to the source. */
  end(): void {
    if (this.#pending.length > 0) this.#source.unread(this.#pending);
  }
}

/** The bytes up to `mark`. What might be the beginning of a mark waits for the next chunk. The epilogue is read to its end. */
async function* untilDelimiter(source: ByteSource, mark: Buffer): AsyncGenerator<Buffer> {
  let held: Buffer = Buffer.alloc(0);
  for (;;) {
    const chunk = await source.next();
    if (chunk === undefined) throw broken('The closing delimiter is missing.');
    const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    const at = bytes.indexOf(mark);
    if (at >= 0) {
      if (at > 0) yield bytes.subarray(0, at);
      while ((await source.next()) !== undefined);
      return;
    }
    const keep = partialMark(bytes, mark);
    if (bytes.length > keep) yield bytes.subarray(0, bytes.length - keep);
    held = Buffer.from(bytes.subarray(bytes.length - keep));
  }
}

/** Length of the longest end of `bytes` that `mark` begins with. */
function partialMark(bytes: Buffer, mark: Buffer): number {
  for (let length = Math.min(mark.length - 1, bytes.length); length > 0; length--) {
    const from = bytes.length - length;
    if (bytes[from] === mark[0] && bytes.subarray(from).equals(mark.subarray(0, length))) return length;
  }
  return 0;
}
