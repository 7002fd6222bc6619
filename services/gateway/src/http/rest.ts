import type { DescService, FileRegistry } from '@bufbuild/protobuf';
import { invalidArgument, type StatusError, toStatusError } from '@telestack/errors';
import type { HttpCall, HttpService, Route } from '@telestack/http';
import { httpService } from '@telestack/http';
import {
  bindPath,
  bindQuery,
  fromJson,
  type HttpBinding,
  httpBindings,
  parseJson,
  toJson,
} from '@telestack/proto-json';
import type { ByteMethod, ByteService } from '@telestack/rpc';
import type { Profile } from '../authenticate.ts';
import { readText } from './body.ts';
import { JsonArray } from './json-array.ts';
import { isSystemParameter } from './system-parameters.ts';

/** A commit of 10 MiB takes more as JSON, where its bytes are base64 and its text may be escaped. */
const MAX_BODY_BYTES = 24 * 1024 * 1024;

export interface RestOptions {
  readonly registry: FileRegistry;
  readonly service: DescService;
  readonly methods: ByteService;
  readonly profile: Profile;
  readonly onError: (error: StatusError, path: string) => void;
}

const JSON_HEADERS = { 'content-type': 'application/json; charset=utf-8' };

type RestMethod = Exclude<ByteMethod, { kind: 'bidi' }>;

/** A service's REST API, as its protos declare it with `google.api.http`. Methods that stream to the server have none. */
export function restService(options: RestOptions): HttpService {
  const routes = restRoutes(options);
  return httpService({ prefixes: ['/v1/'], routes, profile: options.profile, onError: options.onError });
}

function restRoutes({ registry, service, methods, onError }: RestOptions): Route[] {
  const routes = httpBindings(registry, service).flatMap((binding) => {
    const method = methods.get(`/${service.typeName}/${binding.method.name}`);
    return method === undefined || method.kind === 'bidi' ? [] : [restRoute(binding, method, onError)];
  });
  // "documents:runQuery" is no document's name.
  const isAction = ({ path }: Route) => /:\w+$/.test(path);
  return [...routes.filter(isAction), ...routes.filter((route) => !isAction(route))];
}

function restRoute(binding: HttpBinding, method: RestMethod, onError: RestOptions['onError']): Route {
  return {
    method: binding.verb,
    path: binding.path,
    access: 'caller',
    fits: namesFit,
    async handle(call) {
      if (method.kind === 'serverStream') return stream(binding, method, call, onError);
      const response = await method.call(await requestBytes(binding, call), call.context);
      return { headers: JSON_HEADERS, body: toJson(binding.method.output, response) };
    },
  };
}

/** Documents have an even number of segments, which a pattern cannot say: GET "documents/c/d/e" lists, GET "documents/c/d" gets. */
function namesFit(params: Readonly<Record<string, string>>): boolean {
  return Object.values(params).every((value) => {
    const path = /^projects\/[^/]*\/databases\/[^/]*\/documents\/(.*)$/s.exec(value)?.[1];
    return path === undefined || path.split('/').length % 2 === 0;
  });
}

/** The request: the body, and what path and query add. */
async function requestBytes(binding: HttpBinding, { request, params, url }: HttpCall): Promise<Uint8Array> {
  const { input } = binding.method;
  const json = bodyJson(binding, await readText(request, MAX_BODY_BYTES));
  for (const [name, text] of Object.entries(params)) bindPath(input, json, name, text);
  for (const [name, text] of url.searchParams) {
    if (!isSystemParameter(name, text)) bindQuery(input, json, name, text);
  }
  return fromJson(input, json);
}

function bodyJson({ body }: HttpBinding, text: string): object {
  if (body === undefined || text === '') return {};
  const json = parseJson(text);
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw invalidArgument('Invalid JSON payload received. Unknown name "": Root element must be a message.');
  }
  return body === '*' ? json : { [body]: json };
}

async function stream(
  binding: HttpBinding,
  method: Extract<RestMethod, { kind: 'serverStream' }>,
  call: HttpCall,
  onError: RestOptions['onError'],
): Promise<undefined> {
  const { context, response } = call;
  const array = new JsonArray(response, context.signal, (message) => toJson(binding.method.output, message));
  try {
    await method.call(await requestBytes(binding, call), context, array);
    array.end();
  } catch (thrown) {
    const error = toStatusError(thrown);
    onError(error, call.url.pathname);
    array.fail(error);
  }
}
