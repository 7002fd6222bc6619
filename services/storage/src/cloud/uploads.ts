import { failedPrecondition, invalidArgument } from '@telestack/errors';
import { type HttpCall, type Reply, readJson } from '@telestack/http';
import type { CallContext } from '@telestack/rpc';
import { bodySource, contentLength, header, originOf } from '../http/exchange.ts';
import { type MetadataPatch, newMetadata, parsePatch } from '../http/metadata.ts';
import { bucketName, objectPath } from '../objects/names.ts';
import type { StorageObject } from '../objects/object.ts';
import { parsePreconditions } from '../objects/preconditions.ts';
import { ByteSource } from '../upload/byte-source.ts';
import { readRelated } from '../upload/related.ts';
import type { ResumableUploads } from '../upload/resumable-uploads.ts';
import type { UploadSession } from '../upload/session-rows.ts';
import type { UploadRequest } from '../upload/upload-request.ts';
import type { Uploads } from '../upload/uploads.ts';
import { parseContentRange } from './content-range.ts';
import { cloudObject } from './resource.ts';

export interface CloudUploadsOptions {
  readonly uploads: Uploads;
  readonly resumable: ResumableUploads;
  readonly objectOf: (session: UploadSession) => Promise<StorageObject>;
}

const ENVELOPE_BYTES = 512 * 1024;
/** "Resume Incomplete" to Cloud Storage's clients. */
const INCOMPLETE = 308;

/** Uploads of the Cloud Storage JSON API: media, multipart, resumable. */
export class CloudUploads {
  readonly #options: CloudUploadsOptions;

  constructor(options: CloudUploadsOptions) {
    this.#options = options;
  }

  /** POST: everything in one request, or the start of a session. */
  async begin(call: HttpCall, context: CallContext): Promise<Reply> {
    switch (call.url.searchParams.get('uploadType')) {
      case 'resumable':
        return this.#start(call, context);
      case 'multipart':
        return this.#multipart(call, context);
      default:
        return this.#media(call, context);
    }
  }

  /** PUT: bytes for a session, or a question how far it is. */
  async goOn(call: HttpCall, context: CallContext): Promise<Reply> {
    const { request, url, params } = call;
    const { resumable, uploads, objectOf } = this.#options;
    const session = await resumable.get(url.searchParams.get('upload_id') ?? '');
    if (session.request.bucket !== params.bucket) throw invalidArgument('The upload is to another bucket.');
    if (session.status === 'final') return this.#done(call, await objectOf(session));
    if (session.status === 'cancelled') throw failedPrecondition('The upload was cancelled.');
    const range = parseContentRange(header(request.headers, 'content-range'));
    const isQuestion = range !== undefined && range.start === undefined;
    if (isQuestion && range.total !== session.received) return incomplete(session);
    const start = isQuestion ? session.received : (range?.start ?? 0);
    if (start > session.received) return incomplete(session);
    const size = contentLength(request.headers);
    const source = bodySource(request, uploads.maxObjectBytes - start);
    const isLast = range === undefined || range.end === undefined || range.end + 1 === range.total;
    if (!isLast) return incomplete(await resumable.append(session, source, start, size));
    return this.#done(call, await resumable.finish(context, session, source, start, size));
  }

  async cancel(call: HttpCall): Promise<Reply> {
    const { resumable } = this.#options;
    await resumable.cancel(await resumable.get(call.url.searchParams.get('upload_id') ?? ''));
    // "Client Closed Request" is how Cloud Storage confirms it.
    return { status: 499 };
  }

  async #media(call: HttpCall, context: CallContext): Promise<Reply> {
    const { request } = call;
    const { uploads } = this.#options;
    const size = contentLength(request.headers);
    const wanted = requestOf(call, parsePatch({}), header(request.headers, 'content-type'), size);
    const source = bodySource(request, uploads.maxObjectBytes);
    return this.#done(
      call,
      await uploads.store(context, wanted, source, size ?? 0, size ?? Number.POSITIVE_INFINITY),
    );
  }

  async #multipart(call: HttpCall, context: CallContext): Promise<Reply> {
    const { request } = call;
    const { uploads } = this.#options;
    const body = bodySource(request, uploads.maxObjectBytes + ENVELOPE_BYTES);
    try {
      const type = header(request.headers, 'content-type') ?? '';
      const related = await readRelated(type, body, contentLength(request.headers));
      const wanted = requestOf(call, parsePatch(related.metadata), related.contentType, undefined);
      const source = new ByteSource(related.bytes, uploads.maxObjectBytes);
      return this.#done(call, await uploads.store(context, wanted, source, related.atLeast, related.atMost));
    } finally {
      await body.close();
    }
  }

  async #start(call: HttpCall, context: CallContext): Promise<Reply> {
    const { request, params } = call;
    const patch = parsePatch(await readJson(request));
    const size = contentLength(request.headers, 'x-upload-content-length');
    const wanted = requestOf(call, patch, header(request.headers, 'x-upload-content-type'), size);
    const id = await this.#options.resumable.start(context, wanted);
    const url = new URL(`/upload/storage/v1/b/${encodeURIComponent(params.bucket!)}/o`, originOf(request));
    url.searchParams.set('uploadType', 'resumable');
    url.searchParams.set('name', wanted.path);
    url.searchParams.set('upload_id', id);
    return { headers: { location: url.href, 'x-guploader-uploadid': id } };
  }

  #done({ request }: HttpCall, object: StorageObject): Reply {
    return { body: cloudObject(object, originOf(request)) };
  }
}

function incomplete({ received }: UploadSession): Reply {
  return { status: INCOMPLETE, headers: received > 0 ? { range: `bytes=0-${received - 1}` } : {} };
}

function requestOf(
  { params, url }: HttpCall,
  patch: MetadataPatch,
  contentType: string | undefined,
  size: number | undefined,
): UploadRequest {
  return {
    bucket: bucketName(params.bucket!),
    path: objectPath(url.searchParams.get('name') || patch.name || ''),
    metadata: newMetadata(patch, contentType),
    downloadTokens: patch.downloadTokens ?? [],
    preconditions: parsePreconditions(url.searchParams),
    size,
    md5: patch.md5,
    crc32c: patch.crc32c,
  };
}
