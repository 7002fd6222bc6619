import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Code, invalidArgument, type StatusError, toStatusError } from '@telestack/errors';
import { drain, errorBody, type HttpCall, httpStatus, type Reply, type Route } from '@telestack/http';
import { PreconditionError } from '../objects/preconditions.ts';
import { ByteSource, requestBody } from '../upload/byte-source.ts';

/** What an API answers for an error. */
export type ErrorReply = (error: StatusError, status: number, call: HttpCall) => Reply;

/** Answers errors of a route in its API's own form; unforeseen ones are left to the server, which logs them. */
export function answering(routes: readonly Route[], errorReply: ErrorReply): Route[] {
  return routes.map((route) => ({
    ...route,
    handle: async (call) => {
      try {
        return await route.handle(call);
      } catch (thrown) {
        const error = toStatusError(thrown);
        if (error.code === Code.INTERNAL || call.response.headersSent) throw error;
        return errorReply(error, statusOf(error), call);
      } finally {
        drain(call.request);
      }
    },
  }));
}

/** Google's form for REST: `{error: {code, message, status}}`. */
export const plainError: ErrorReply = (error, status) => {
  const body = errorBody(error);
  return { status, body: { error: { ...body.error, code: status } } };
};

function statusOf(error: StatusError): number {
  if (error instanceof PreconditionError) return 412;
  // An upload that was overtaken by another request of its client: SDKs ask how far it is, and go on, where they see 503.
  return error.code === Code.ABORTED ? 503 : httpStatus(error.code);
}

/** A single-valued header, or undefined. */
export function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** "http://host:port" as the client has called the server, also through proxies. */
export function originOf({ headers, socket }: IncomingMessage): string {
  const forwarded = header(headers, 'x-forwarded-proto')?.split(',')[0]?.trim();
  const protocol = forwarded ?? ('encrypted' in socket && socket.encrypted ? 'https' : 'http');
  const host = header(headers, 'x-forwarded-host')?.split(',')[0]?.trim() ?? headers.host ?? 'localhost';
  return `${protocol === 'https' ? 'https' : 'http'}://${host}`;
}

/** Bytes that a request's body has, where it says so. @throws StatusError INVALID_ARGUMENT */
export function contentLength(headers: IncomingHttpHeaders, name = 'content-length'): number | undefined {
  const text = header(headers, name);
  if (text === undefined || text === '') return undefined;
  const length = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(length)) throw invalidArgument(`Invalid ${name}.`);
  return length;
}

/** An upload's body is given up when nothing comes for this long. */
const BODY_IDLE_MS = 60_000;

/** A request's body; more than `maxBytes` of it are refused. */
export function bodySource(request: IncomingMessage, maxBytes: number): ByteSource {
  return new ByteSource(requestBody(request, BODY_IDLE_MS), maxBytes);
}
