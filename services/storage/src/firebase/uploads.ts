import { randomUUID } from 'node:crypto';
import { Code, failedPrecondition, invalidArgument, StatusError } from '@telestack/errors';
import { type HttpCall, httpStatus, type Reply, readJson } from '@telestack/http';
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
import { firebaseObject } from './resource.ts';

export interface FirebaseUploadsOptions {
  readonly uploads: Uploads;
  readonly resumable: ResumableUploads;
  /** The object that a finished upload has made. */
  readonly objectOf: (session: UploadSession) => Promise<StorageObject>;
}

/** Clients round their chunks to multiples of this. */
const CHUNK_GRANULARITY = '262144';
/** Room for the head and the delimiters of multipart bodies. */
const ENVELOPE_BYTES = 512 * 1024;

/** Uploads by the X-Goog-Upload protocol: multipart, resumable, or the plain bytes. */
export class FirebaseUploads {
  readonly #options: FirebaseUploadsOptions;

  constructor(options: FirebaseUploadsOptions) {
    this.#options = options;
  }

  async handle(call: HttpCall): Promise<Reply> {
    const { headers } = call.request;
    const command = header(headers, 'x-goog-upload-command')?.toLowerCase();
    const protocol = header(headers, 'x-goog-upload-protocol')?.toLowerCase();
    const id = call.url.searchParams.get('upload_id');
    if (id !== null) return this.#goOn(call, id, commandsOf(command));
    if (command === 'start') return this.#start(call);
    if (protocol === 'multipart') return this.#multipart(call);
    if (command !== undefined || protocol === 'resumable') {
      throw invalidArgument('A resumable upload begins with the command "start".');
    }
    return this.#media(call);
  }

  async #media(call: HttpCall): Promise<Reply> {
    const { request, context } = call;
    const { uploads } = this.#options;
    const size = contentLength(request.headers);
    const wanted = requestOf(call, parsePatch({}), header(request.headers, 'content-type'), size);
    const source = bodySource(request, uploads.maxObjectBytes);
    const object = await uploads.store(context, wanted, source, size ?? 0, size ?? Number.POSITIVE_INFINITY);
    return { body: firebaseObject(object) };
  }

  async #multipart(call: HttpCall): Promise<Reply> {
    const { request, context } = call;
    const { uploads } = this.#options;
    const length = contentLength(request.headers);
    const body = bodySource(request, uploads.maxObjectBytes + ENVELOPE_BYTES);
    try {
      const related = await readRelated(header(request.headers, 'content-type') ?? '', body, length);
      const wanted = requestOf(call, parsePatch(related.metadata), related.contentType, undefined);
      const source = new ByteSource(related.bytes, uploads.maxObjectBytes);
      const object = await uploads.store(context, wanted, source, related.atLeast, related.atMost);
      return { body: firebaseObject(object) };
    } finally {
      await body.close();
    }
  }

  async #start(call: HttpCall): Promise<Reply> {
    const { request, context, params } = call;
    const { headers } = request;
    const patch = parsePatch(await readJson(request));
    const size = contentLength(headers, 'x-goog-upload-header-content-length');
    const type = header(headers, 'x-goog-upload-header-content-type');
    const wanted = requestOf(call, patch, type, size);
    const id = await this.#options.resumable.start(context, wanted);
    const url = new URL(`/v0/b/${encodeURIComponent(params.bucket!)}/o`, originOf(request));
    url.searchParams.set('name', wanted.path);
    url.searchParams.set('upload_id', id);
    url.searchParams.set('upload_protocol', 'resumable');
    return {
      headers: {
        'x-goog-upload-status': 'active',
        'x-goog-upload-url': url.href,
        'x-goog-upload-control-url': url.href,
        'x-goog-upload-chunk-granularity': CHUNK_GRANULARITY,
        'x-guploader-uploadid': id,
      },
    };
  }

  async #goOn(call: HttpCall, id: string, commands: ReadonlySet<string>): Promise<Reply> {
    const { resumable } = this.#options;
    const session = await resumable.get(id);
    if (session.request.bucket !== call.params.bucket)
      throw invalidArgument('The upload is to another bucket.');
    if (commands.has('query')) return progress(session);
    if (commands.has('cancel')) {
      await resumable.cancel(session);
      return { headers: { 'x-goog-upload-status': 'cancelled' } };
    }
    if (!commands.has('upload') && !commands.has('finalize'))
      throw invalidArgument('Unknown upload command.');
    if (session.status === 'final') return this.#final(await this.#options.objectOf(session));
    if (session.status === 'cancelled') throw failedPrecondition('The upload was cancelled.');
    return this.#append(call, session, commands);
  }

  async #append(call: HttpCall, session: UploadSession, commands: ReadonlySet<string>): Promise<Reply> {
    const { request, context } = call;
    const { resumable, uploads } = this.#options;
    const offset = contentLength(request.headers, 'x-goog-upload-offset') ?? session.received;
    if (offset > session.received) {
      const refusal = invalidArgument(
        `The upload has ${session.received} bytes; it does not go on at ${offset}.`,
      );
      return errorReply(refusal, { ...progress(session).headers });
    }
    const size = contentLength(request.headers);
    const source = bodySource(request, uploads.maxObjectBytes - offset);
    if (!commands.has('finalize')) return progress(await resumable.append(session, source, offset, size));
    try {
      return this.#final(await resumable.finish(context, session, source, offset, size));
    } catch (error) {
      // The SDKs take an answer without a status for a broken server, and try again.
      if (error instanceof StatusError && error.code !== Code.ABORTED && httpStatus(error.code) < 499) {
        return errorReply(error, { 'x-goog-upload-status': 'final' });
      }
      throw error;
    }
  }

  #final(object: StorageObject): Reply {
    return { headers: { 'x-goog-upload-status': 'final' }, body: firebaseObject(object) };
  }
}

function commandsOf(command: string | undefined): ReadonlySet<string> {
  return new Set((command ?? '').split(',').map((part) => part.trim()));
}

function progress(session: UploadSession): Reply & { headers: Record<string, string> } {
  return {
    headers: {
      'x-goog-upload-status': session.status,
      'x-goog-upload-size-received': String(session.received),
      'x-goog-upload-chunk-granularity': CHUNK_GRANULARITY,
    },
  };
}

function errorReply(error: StatusError, headers: Record<string, string>): Reply {
  const code = httpStatus(error.code);
  return { status: code, headers, body: { error: { code, message: error.message } } };
}

function requestOf(
  { params, url }: HttpCall,
  patch: MetadataPatch,
  contentType: string | undefined,
  size: number | undefined,
): UploadRequest {
  return {
    bucket: bucketName(params.bucket!),
    path: objectPath(params.object ?? url.searchParams.get('name') ?? patch.name ?? ''),
    metadata: newMetadata(patch, contentType),
    downloadTokens: patch.downloadTokens ?? [randomUUID()],
    preconditions: parsePreconditions(url.searchParams),
    size,
    md5: patch.md5,
    crc32c: patch.crc32c,
  };
}
