import { Endpoint, type Outcome } from '../endpoint.ts';
import { INVALID_UTF8, type Json, type Message, type RpcName, rpc } from '../wire.ts';
import { fromRestJson, Inexpressible, toRestJson } from './json.ts';

const DOCUMENTS = /^projects\/[^/]+\/databases\/[^/]+\/documents((?:\/[^/]+\/[^/]+)*)$/;
const DATABASE = /^projects\/[^/]+\/databases\/[^/]+$/;
const LONGEST_URL = 8_000;

interface Call {
  readonly verb: string;
  readonly path: string;
  readonly query?: Message;
  readonly body?: Message;
}

/** Actions with everything in their body, by the field that their path names. */
const ACTIONS: Partial<Record<RpcName, 'parent' | 'database'>> = {
  BatchGetDocuments: 'database',
  BeginTransaction: 'database',
  Commit: 'database',
  Rollback: 'database',
  BatchWrite: 'database',
  RunQuery: 'parent',
  RunAggregationQuery: 'parent',
  PartitionQuery: 'parent',
  ListCollectionIds: 'parent',
};

/** The same server over REST. What REST cannot say (a path of another form, a stream) goes over gRPC. */
export class RestEndpoint extends Endpoint {
  /** Calls that went over REST. */
  calls = 0;

  override async call(
    name: RpcName,
    request: Message,
    database: string,
    milliseconds = 30_000,
  ): Promise<Outcome> {
    const viaGrpc = () => super.call(name, request, database, milliseconds);
    if (JSON.stringify(request).includes(INVALID_UTF8)) return viaGrpc();
    let call: Call | undefined;
    let url = '';
    try {
      call = restCall(name, toRestJson(rpc(name).request, request));
      url = `http://${this.target}/v1/${call?.path}${queryText(call?.query ?? {})}`;
    } catch (error) {
      if (!(error instanceof Inexpressible)) throw error;
    }
    if (!call || url === '' || url.length > LONGEST_URL) return viaGrpc();
    this.calls += 1;
    return this.#send(name, url, call, milliseconds);
  }

  async #send(name: RpcName, url: string, { verb, body }: Call, milliseconds: number): Promise<Outcome> {
    const reply = await fetch(url, {
      method: verb,
      headers: { authorization: 'Bearer owner', 'content-type': 'application/json' },
      signal: AbortSignal.timeout(milliseconds),
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const json = JSON.parse(await reply.text()) as Message | Message[];
    const elements = Array.isArray(json) ? json : [json];
    const error = elements.find((element) => element.error !== undefined)?.error as Message | undefined;
    const responses = elements
      .filter((element) => element.error === undefined)
      .map((element) => fromRestJson(rpc(name).response, element));
    return { code: String(error?.status ?? 'OK'), message: String(error?.message ?? ''), responses };
  }
}

function restCall(name: RpcName, request: Message): Call | undefined {
  const action = ACTIONS[name];
  if (action) {
    const { [action]: text, ...body } = request;
    const resource = typeof text === 'string' ? text : '';
    if (!(action === 'database' ? DATABASE : DOCUMENTS).test(resource)) return undefined;
    // Only queries and their like have routes below a document.
    const root = action === 'database' ? `${encodePath(resource)}/documents` : encodePath(resource);
    const verb = name === 'BatchGetDocuments' ? 'batchGet' : name[0]!.toLowerCase() + name.slice(1);
    return { verb: 'POST', path: `${root}:${verb}`, body };
  }
  switch (name) {
    case 'GetDocument':
    case 'DeleteDocument': {
      const { name: document, ...query } = request;
      return documentCall(name === 'GetDocument' ? 'GET' : 'DELETE', document, query);
    }
    case 'UpdateDocument': {
      const { document = {}, ...query } = request;
      const { name: path, ...body } = document as Message;
      return documentCall('PATCH', path, query, body);
    }
    case 'ListDocuments':
    case 'CreateDocument': {
      const { parent, collectionId, document = {}, ...query } = request;
      if (!DOCUMENTS.test(String(parent)) || !collectionId || String(collectionId).includes('/'))
        return undefined;
      const path = `${encodePath(String(parent))}/${encodeSegment(String(collectionId))}`;
      return name === 'ListDocuments'
        ? { verb: 'GET', path, query }
        : { verb: 'POST', path, query, body: document as Message };
    }
    default:
      return undefined;
  }
}

function documentCall(
  verb: string,
  name: Json | undefined,
  query: Message,
  body?: Message,
): Call | undefined {
  const path = DOCUMENTS.exec(String(name));
  if (!path?.[1]) return undefined;
  return { verb, path: encodePath(String(name)), query, ...(body ? { body } : {}) };
}

const encodePath = (path: string): string => path.split('/').map(encodeSegment).join('/');

function encodeSegment(text: string): string {
  // URLs have no such segments: clients take them for steps up.
  if (text === '.' || text === '..' || !text.isWellFormed()) throw new Inexpressible('a segment');
  return encodeURIComponent(text);
}

function queryText(query: Message): string {
  const params = new URLSearchParams();
  const add = (name: string, value: Json | undefined) => {
    if (Array.isArray(value)) for (const item of value) add(name, item);
    else if (typeof value === 'object' && value !== null) {
      const entries = Object.entries(value);
      // A message without members has no parameter to be there by.
      if (entries.length === 0) throw new Inexpressible('an empty message');
      for (const [key, item] of entries) add(`${name}.${key}`, item);
    } else params.append(name, String(value));
  };
  for (const [name, value] of Object.entries(query)) add(name, value);
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}
