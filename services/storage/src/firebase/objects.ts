import { randomUUID } from 'node:crypto';
import { invalidArgument, permissionDenied } from '@telestack/errors';
import { type HttpCall, type Reply, type Route, readJson } from '@telestack/http';
import { type Downloads, sendObject } from '../http/download.ts';
import { header } from '../http/exchange.ts';
import { applyPatch, parsePatch } from '../http/metadata.ts';
import { objectPath } from '../objects/names.ts';
import type { Objects } from '../objects/objects.ts';
import { parsePreconditions } from '../objects/preconditions.ts';
import { firebaseObject } from './resource.ts';
import type { FirebaseUploads } from './uploads.ts';

export interface FirebaseOptions extends Downloads {
  readonly objects: Objects;
  readonly uploads: FirebaseUploads;
}

const LIST = '/v0/b/{bucket}/o';
const OBJECT = '/v0/b/{bucket}/o/{object=**}';
const MAX_RESULTS = 1_000;

/** Firebase's API for apps, as the SDKs use it. */
export function firebaseRoutes(options: FirebaseOptions): Route[] {
  const { uploads } = options;
  const access = 'caller';
  const post = (call: HttpCall) => {
    const { searchParams } = call.url;
    const isToken = searchParams.has('create_token') || searchParams.has('delete_token');
    return isToken && call.params.object !== undefined ? changeTokens(options, call) : uploads.handle(call);
  };
  const put = (call: HttpCall) => {
    const isPatch = header(call.request.headers, 'x-http-method-override')?.toLowerCase() === 'patch';
    return isPatch ? patch(options, call) : post(call);
  };
  return [
    { method: 'GET', path: LIST, access, handle: (call) => list(options, call) },
    { method: 'POST', path: LIST, access, handle: post },
    { method: 'PUT', path: LIST, access, handle: post },
    { method: 'GET', path: OBJECT, access, handle: (call) => get(options, call) },
    { method: 'HEAD', path: OBJECT, access, handle: (call) => get(options, call) },
    { method: 'POST', path: OBJECT, access, handle: post },
    { method: 'PUT', path: OBJECT, access, handle: put },
    { method: 'PATCH', path: OBJECT, access, handle: (call) => patch(options, call) },
    { method: 'DELETE', path: OBJECT, access, handle: (call) => remove(options, call) },
  ];
}

async function get(options: FirebaseOptions, call: HttpCall): Promise<Reply | undefined> {
  const { objects } = options;
  const { context, url, params } = call;
  const path = objectPath(params.object!);
  const token = url.searchParams.get('token') ?? undefined;
  const find = () => objects.get(context, params.bucket!, path, token);
  const object = await find();
  if (url.searchParams.get('alt') === 'media') return sendObject(options, call, object, find);
  if (object.downloadTokens.length > 0) return { body: firebaseObject(object) };
  // Whoever may read it may have a URL of it.
  const shared = await objects.update(
    context,
    params.bucket!,
    path,
    (current) => ({
      metadata: current,
      downloadTokens: current.downloadTokens.length > 0 ? current.downloadTokens : [randomUUID()],
    }),
    {},
    true,
  );
  return { body: firebaseObject(shared) };
}

async function list({ objects }: FirebaseOptions, { context, url, params }: HttpCall): Promise<Reply> {
  const query = url.searchParams;
  const prefix = query.get('prefix') ?? '';
  if (prefix !== '' && !prefix.endsWith('/')) {
    throw invalidArgument('The prefix parameter is required to be empty or ends with a single / character.');
  }
  const page = await objects.list(context, {
    bucket: params.bucket!,
    prefix,
    delimiter: query.get('delimiter') ?? '',
    pageToken: query.get('pageToken') ?? undefined,
    maxResults: maxResults(query.get('maxResults')),
  });
  return {
    body: {
      prefixes: page.prefixes,
      // The SDK has no reference for an empty folder's name.
      items: page.items
        .filter(({ path }) => !path.endsWith('/'))
        .map(({ path, bucket }) => ({ name: path, bucket })),
      nextPageToken: page.nextPageToken,
    },
  };
}

/** @throws StatusError INVALID_ARGUMENT */
export function maxResults(text: string | null): number {
  if (text === null || text === '') return MAX_RESULTS;
  if (!/^\d{1,9}$/.test(text) || Number(text) < 1) throw invalidArgument('Invalid value for maxResults.');
  return Math.min(Number(text), MAX_RESULTS);
}

async function patch(
  { objects }: FirebaseOptions,
  { request, context, url, params }: HttpCall,
): Promise<Reply> {
  const change = parsePatch(await readJson(request));
  const object = await objects.update(
    context,
    params.bucket!,
    objectPath(params.object!),
    (current) => ({
      metadata: applyPatch(current, change),
      downloadTokens: change.downloadTokens ?? current.downloadTokens,
    }),
    parsePreconditions(url.searchParams),
  );
  return { body: firebaseObject(object) };
}

async function remove({ objects }: FirebaseOptions, { context, url, params }: HttpCall): Promise<Reply> {
  await objects.delete(
    context,
    params.bucket!,
    objectPath(params.object!),
    parsePreconditions(url.searchParams),
  );
  return { status: 204 };
}

/** The administrator's way to make a new URL for an object, or to end one. There is always one left. */
async function changeTokens(
  { objects }: FirebaseOptions,
  { context, url, params }: HttpCall,
): Promise<Reply> {
  if (context.principal.kind !== 'admin') throw permissionDenied('Missing admin credentials.');
  const isNew = url.searchParams.get('create_token') === 'true';
  const ended = url.searchParams.get('delete_token');
  if (!isNew && !ended) throw invalidArgument('create_token must be true, or delete_token name a token.');
  const object = await objects.update(context, params.bucket!, objectPath(params.object!), (current) => {
    const kept = current.downloadTokens.filter((token) => token !== ended);
    return {
      metadata: current,
      downloadTokens: isNew || kept.length === 0 ? [...kept, randomUUID()] : kept,
    };
  });
  return { body: firebaseObject(object) };
}
