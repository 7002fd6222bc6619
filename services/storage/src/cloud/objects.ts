import { type HttpCall, type Reply, readJson } from '@telestack/http';
import type { CallContext } from '@telestack/rpc';
import { maxResults } from '../firebase/objects.ts';
import { type Downloads, sendObject } from '../http/download.ts';
import { originOf } from '../http/exchange.ts';
import { applyPatch, newMetadata, parsePatch } from '../http/metadata.ts';
import { objectPath } from '../objects/names.ts';
import type { Objects } from '../objects/objects.ts';
import { checkPreconditions, parsePreconditions } from '../objects/preconditions.ts';
import { cloudObject } from './resource.ts';

export interface CloudObjectsOptions extends Downloads {
  readonly objects: Objects;
}

export async function getCloudObject(
  options: CloudObjectsOptions,
  call: HttpCall,
  context: CallContext,
): Promise<Reply | undefined> {
  const { params, url, request } = call;
  const query = url.searchParams;
  const find = async () => {
    const object = await options.objects.get(context, params.bucket!, objectPath(params.object!));
    checkPreconditions(parsePreconditions(query), object);
    return object;
  };
  const object = await find();
  const isMedia = query.get('alt') === 'media' || url.pathname.startsWith('/download/');
  return isMedia ? sendObject(options, call, object, find) : { body: cloudObject(object, originOf(request)) };
}

export async function listCloudObjects(
  { objects }: CloudObjectsOptions,
  { params, url, request }: HttpCall,
  context: CallContext,
): Promise<Reply> {
  const query = url.searchParams;
  const page = await objects.list(context, {
    bucket: params.bucket!,
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    pageToken: query.get('pageToken') ?? undefined,
    maxResults: maxResults(query.get('maxResults')),
    startOffset: query.get('startOffset') ?? undefined,
    endOffset: query.get('endOffset') ?? undefined,
  });
  const origin = originOf(request);
  return {
    body: {
      kind: 'storage#objects',
      nextPageToken: page.nextPageToken,
      prefixes: page.prefixes.length > 0 ? page.prefixes : undefined,
      items: page.items.map((object) => cloudObject(object, origin)),
    },
  };
}

/** PATCH changes what it names; PUT (`isWhole`) replaces all metadata. */
export async function patchCloudObject(
  { objects }: CloudObjectsOptions,
  { params, url, request }: HttpCall,
  context: CallContext,
  isWhole: boolean,
): Promise<Reply> {
  const change = parsePatch(await readJson(request));
  const object = await objects.update(
    context,
    params.bucket!,
    objectPath(params.object!),
    (current) => ({
      metadata: isWhole ? newMetadata(change, current.contentType) : applyPatch(current, change),
      downloadTokens: change.downloadTokens ?? current.downloadTokens,
    }),
    parsePreconditions(url.searchParams),
  );
  return { body: cloudObject(object, originOf(request)) };
}

export async function deleteCloudObject(
  { objects }: CloudObjectsOptions,
  { params, url }: HttpCall,
  context: CallContext,
): Promise<Reply> {
  await objects.delete(
    context,
    params.bucket!,
    objectPath(params.object!),
    parsePreconditions(url.searchParams),
  );
  return { status: 204 };
}

/** `rewriteTo` and `copyTo`: always done in one request here. */
export async function copyCloudObject(
  { objects }: CloudObjectsOptions,
  { params, url, request }: HttpCall,
  context: CallContext,
  isRewrite: boolean,
): Promise<Reply> {
  const given = await readJson(request);
  const patch = parsePatch(given);
  const hasMetadata = Object.keys(given as object).length > 0;
  const target = { bucket: params.toBucket!, path: objectPath(params.toObject!) };
  const object = await objects.copy(
    context,
    { bucket: params.bucket!, path: objectPath(params.object!) },
    target,
    hasMetadata
      ? (source) => applyPatch({ ...source, custom: patch.custom ? {} : source.custom }, patch)
      : undefined,
    parsePreconditions(url.searchParams),
  );
  const resource = cloudObject(object, originOf(request));
  if (!isRewrite) return { body: resource };
  const size = String(object.size);
  return {
    body: {
      kind: 'storage#rewriteResponse',
      totalBytesRewritten: size,
      objectSize: size,
      done: true,
      resource,
    },
  };
}
