import { invalidArgument, permissionDenied } from '@telestack/errors';
import { type HttpCall, type Reply, readJson } from '@telestack/http';
import { type CallContext, isOfProject } from '@telestack/rpc';
import type { Bucket, Buckets } from '../objects/buckets.ts';
import { bucketName } from '../objects/names.ts';

/** An administrator's buckets are those of his project. @throws StatusError PERMISSION_DENIED */
function checkProject({ principal }: CallContext, project: string): void {
  if (!isOfProject(principal, project)) throw permissionDenied('The credential is for another project.');
}

export async function listBuckets(buckets: Buckets, { url }: HttpCall, context: CallContext): Promise<Reply> {
  const { project: own } = context.principal as { readonly project?: string };
  const project = url.searchParams.get('project') || own;
  if (project !== undefined) checkProject(context, project);
  const found = await buckets.list(project);
  const prefix = url.searchParams.get('prefix') ?? '';
  const items = found.filter(({ name }) => name.startsWith(prefix)).map(cloudBucket);
  return { body: { kind: 'storage#buckets', items } };
}

export async function createBucket(
  buckets: Buckets,
  { request, url }: HttpCall,
  context: CallContext,
): Promise<Reply> {
  const { name } = (await readJson(request)) as { name?: unknown };
  if (typeof name !== 'string') throw invalidArgument('Required parameter: name');
  const project = url.searchParams.get('project') || buckets.projectOf(bucketName(name));
  checkProject(context, project);
  return { body: cloudBucket(await buckets.create(name, project)) };
}

export async function getBucket(
  buckets: Buckets,
  { params }: HttpCall,
  context: CallContext,
): Promise<Reply> {
  const bucket = await buckets.assume(params.bucket!);
  checkProject(context, bucket.project);
  return { body: cloudBucket(bucket) };
}

export async function deleteBucket(
  buckets: Buckets,
  { params }: HttpCall,
  context: CallContext,
): Promise<Reply> {
  const bucket = await buckets.get(params.bucket!);
  checkProject(context, bucket.project);
  await buckets.remove(bucket);
  return { status: 204 };
}

function cloudBucket({ name, createTime }: Bucket): object {
  return {
    kind: 'storage#bucket',
    id: name,
    name,
    metageneration: '1',
    location: 'US',
    locationType: 'region',
    storageClass: 'STANDARD',
    timeCreated: createTime.toISOString(),
    updated: createTime.toISOString(),
    iamConfiguration: { uniformBucketLevelAccess: { enabled: true } },
  };
}
