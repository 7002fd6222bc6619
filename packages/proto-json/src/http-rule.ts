import {
  type DescMethod,
  type DescService,
  type FileRegistry,
  getOption,
  hasOption,
} from '@bufbuild/protobuf';

/** One HTTP route of an RPC: https://github.com/googleapis/googleapis/blob/master/google/api/http.proto */
export interface HttpBinding {
  readonly method: DescMethod;
  readonly verb: Verb;
  /** "/v1/{parent=projects/*\/databases/*\/documents}/{collection_id}" */
  readonly path: string;
  /** The request's field that the HTTP body is; `*` for all that the path does not bind; undefined where there is no body. */
  readonly body: string | undefined;
}

export type Verb = 'GET' | 'PUT' | 'POST' | 'DELETE' | 'PATCH';

/** What `google.api.http` looks like, read through its descriptor. */
interface HttpRule {
  readonly pattern: { readonly case?: string; readonly value?: unknown };
  readonly body: string;
  readonly additionalBindings: readonly HttpRule[];
}

const VERBS: Readonly<Record<string, Verb>> = {
  get: 'GET',
  put: 'PUT',
  post: 'POST',
  delete: 'DELETE',
  patch: 'PATCH',
};

/** The routes that a service's protos declare, in their order. */
export function httpBindings(registry: FileRegistry, service: DescService): HttpBinding[] {
  const extension = registry.getExtension('google.api.http');
  if (extension === undefined) throw new Error('The descriptors lack google.api.http.');
  return service.methods.flatMap((method) => {
    if (!hasOption(method, extension)) return [];
    const rule = getOption(method, extension) as unknown as HttpRule;
    return [rule, ...rule.additionalBindings].map(({ pattern, body }) => {
      const verb = VERBS[pattern.case ?? ''];
      if (verb === undefined || typeof pattern.value !== 'string')
        throw new Error(`${method.name} has a binding of an unknown kind.`);
      return { method, verb, path: pattern.value, body: body === '' ? undefined : body };
    });
  });
}
