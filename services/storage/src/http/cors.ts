import type { HttpService } from '@telestack/http';

/** What browsers would hide from the SDKs otherwise. */
const EXPOSED = [
  'Content-Disposition',
  'Content-Encoding',
  'Content-Length',
  'Content-Range',
  'ETag',
  'Location',
  'X-Goog-Generation',
  'X-Goog-Hash',
  'X-Goog-Metageneration',
  'X-Goog-Upload-Chunk-Granularity',
  'X-Goog-Upload-Control-URL',
  'X-Goog-Upload-Size-Received',
  'X-Goog-Upload-Status',
  'X-Goog-Upload-URL',
  'X-GUploader-UploadID',
].join(', ');

/** Lets pages see the headers that SDKs read. Which pages may call at all is the gateway's business. */
export function exposingHeaders(service: HttpService): HttpService {
  return {
    routes: service.routes,
    owns: (path) => service.owns(path),
    handle(request, response, context) {
      if (request.headers.origin !== undefined) response.setHeader('access-control-expose-headers', EXPOSED);
      return service.handle(request, response, context);
    },
  };
}
