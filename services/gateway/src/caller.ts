import type { IncomingHttpHeaders } from 'node:http';
import type { Caller } from './authenticate.ts';

/** What the headers of an HTTP request say of its caller. */
export function httpCaller(
  headers: IncomingHttpHeaders,
  remoteAddress: string | undefined,
  proxies: number,
): Caller {
  const forwarded = headers['x-forwarded-for'];
  return {
    authorization: headers.authorization,
    apiKey: textOf(headers['x-goog-api-key']),
    address: clientAddress(remoteAddress ?? '', textOf(forwarded), proxies),
  };
}

/** The client's own address: what the outermost of our proxies saw. What stands to its left anyone may have written. */
function clientAddress(remote: string, forwarded: string | undefined, proxies: number): string {
  if (proxies === 0 || forwarded === undefined) return remote;
  const hops = forwarded.split(',').map((hop) => hop.trim());
  return hops.at(-proxies) ?? hops[0] ?? remote;
}

function textOf(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.join(',');
}
