import type { AuditLog } from '@telestack/audit';
import { invalidArgument, permissionDenied } from '@telestack/errors';
import { type HttpCall, type Reply, readJson } from '@telestack/http';
import { actorOf, type CallContext, isOfProject } from '@telestack/rpc';
import type { Bucket, Buckets } from '../objects/buckets.ts';
import { bucketName } from '../objects/names.ts';

export interface BucketActs {
  readonly buckets: Buckets;
  readonly audit: AuditLog;
}

export async function listBuckets(
  buckets: Buckets,
  { url }: HttpCall,
  { principal }: CallContext,
): Promise<Reply> {
  const own = 'project' in principal ? principal.project : undefined;
  const project = url.searchParams.get('project') || own;
  if (project !== undefined) checkProject(principal, project);
  const found = await buckets.list(project);
  const prefix = url.searchParams.get('prefix') ?? '';
  const items = found.filter(({ name }) => name.startsWith(prefix)).map(cloudBucket);
  return { body: { kind: 'storage#buckets', items } };
}

export async function createBucket(
  { buckets, audit }: BucketActs,
  { request, url }: HttpCall,
  { principal }: CallContext,
): Promise<Reply> {
  const { name } = (await readJson(request)) as { name?: unknown };
  if (typeof name !== 'string') throw invalidArgument('Required parameter: name');
  const own = 'project' in principal ? principal.project : undefined;
  const project = url.searchParams.get('project') || (own ?? buckets.projectOf(bucketName(name)));
  checkProject(principal, project);
  const bucket = await buckets.create(name, project);
  await audit.record({ project, actor: actorOf(principal), action: 'buckets.create', target: name });
  return { body: cloudBucket(bucket) };
}

export async function getBucket(
  buckets: Buckets,
  { params }: HttpCall,
  context: CallContext,
): Promise<Reply> {
  const bucket = await buckets.assume(params.bucket!);
  checkProject(context.principal, bucket.project);
  return { body: cloudBucket(bucket) };
}

export async function deleteBucket(
  { buckets, audit }: BucketActs,
  { params }: HttpCall,
  { principal }: CallContext,
): Promise<Reply> {
  const bucket = await buckets.get(params.bucket!);
  const { name, project } = bucket;
  checkProject(principal, project);
  await buckets.remove(bucket);
  await audit.record({ project, actor: actorOf(principal), action: 'buckets.delete', target: name });
  return { status: 204 };
}

/** @throws StatusError PERMISSION_DENIED */
function checkProject(principal: CallContext['principal'], project: string): void {
  if (!isOfProject(principal, project))
    throw permissionDenied('The caller does not have access to buckets of this project.');
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
