import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CallContext } from '@telestack/rpc';

export type HttpMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/**
 * Who may call a route at all; the handler decides about the rest.
 * - `public`: anyone (health, sign-in)
 * - `caller`: its handler refuses callers by rules or by what their credential allows
 * - `admin`: administrators only
 * - `emulator`: anyone, as an administrator, and only in the dev profile; elsewhere the route does not exist
 */
export type Access = 'public' | 'caller' | 'admin' | 'emulator';

export interface HttpCall {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  /** The decoded variables of the route's path. */
  readonly params: Readonly<Record<string, string>>;
  readonly context: CallContext;
}

/** A whole answer. An object as body is sent as JSON. */
export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | object;
}

export interface Route {
  readonly method: HttpMethod;
  /**
   * A path whose `{name}` stands for one segment and whose `{name=**}` for one or more, in the notation of google/api/http.proto, with
   * segments of its own ("{name=buckets/*}");
   * "/v1/projects/{project}/databases/{database}/documents/{parent=**}:runQuery".
   */
  readonly path: string;
  readonly access: Access;
  /** A condition on the path's variables that the path cannot say; where it is false, the next route is tried. */
  fits?(params: Readonly<Record<string, string>>): boolean;
  /** Answers with a reply, or writes to `call.response` itself and returns nothing. Errors that it throws are answered in Google's shape. */
  handle(call: HttpCall): Promise<Reply | undefined> | Reply | undefined;
}
