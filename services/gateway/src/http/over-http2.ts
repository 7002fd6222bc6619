import type { RequestListener } from 'node:http';
import { createServer, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';

/**
 * Plain requests on connections that speak HTTP/2: a proxy that is told "h2c" for the sake of gRPC sends everything so. node:http2 dresses its
 * streams up as the requests and responses of node:http; the server here does only that, and never listens: one that did it for all streams
 * would do it for every gRPC call.
 */
export function overHttp2(
  handler: RequestListener,
): (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void {
  // What handlers use of requests and responses is the same in both (node:http2, "Compatibility API"); their types are not related.
  type Http2Listener = NonNullable<Parameters<typeof createServer>[0]>;
  const dresser = createServer(handler as unknown as Http2Listener);
  return (stream, headers) => {
    stream.on('error', () => {});
    // HTTP/2's name for it (RFC 9113, 8.3.1).
    headers.host ??= headers[':authority'];
    dresser.emit('stream', stream, headers, 0, []);
  };
}
