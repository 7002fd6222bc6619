import type { HttpService } from '@telestack/http';

const MAX_AGE_SECONDS = 3_600;
const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';
/** What browsers would hide from the SDK otherwise. */
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

/** Lets pages of any origin call the service, and see the headers that SDKs read. Who calls is in headers that a page must set, never in cookies. */
export function withCors(service: HttpService): HttpService {
  return {
    owns: (path) => service.owns(path),
    async handle(request, response, context) {
      const { origin } = request.headers;
      if (origin !== undefined) {
        response.setHeader('access-control-allow-origin', origin);
        response.setHeader('access-control-allow-credentials', 'true');
        response.setHeader('access-control-expose-headers', EXPOSED);
        response.setHeader('vary', 'Origin');
      }
      if (request.method !== 'OPTIONS') return service.handle(request, response, context);
      response.setHeader('access-control-allow-methods', METHODS);
      const wanted = request.headers['access-control-request-headers'];
      if (wanted !== undefined) response.setHeader('access-control-allow-headers', wanted);
      response.setHeader('access-control-max-age', String(MAX_AGE_SECONDS));
      response.writeHead(204).end();
    },
  };
}
