import { invalidArgument } from '@telestack/errors';
import { type HttpCall, type Reply, readJson } from '@telestack/http';
import type { Bucket, Buckets } from '../objects/buckets.ts';
import { bucketName } from '../objects/names.ts';

export async function listBuckets(buckets: Buckets, { url }: HttpCall): Promise<Reply> {
  const found = await buckets.list(url.searchParams.get('project') ?? undefined);
  const prefix = url.searchParams.get('prefix') ?? '';
  const items = found.filter(({ name }) => name.startsWith(prefix)).map(cloudBucket);
  return { body: { kind: 'storage#buckets', items } };
}

export async function createBucket(buckets: Buckets, { request, url }: HttpCall): Promise<Reply> {
  const { name } = (await readJson(request)) as { name?: unknown };
  if (typeof name !== 'string') throw invalidArgument('Required parameter: name');
  const project = url.searchParams.get('project') || buckets.projectOf(bucketName(name));
  return { body: cloudBucket(await buckets.create(name, project)) };
}

export async function getBucket(buckets: Buckets, { params }: HttpCall): Promise<Reply> {
  return { body: cloudBucket(await buckets.assume(params.bucket!)) };
}

export async function deleteBucket(buckets: Buckets, { params }: HttpCall): Promise<Reply> {
  await buckets.remove(await buckets.get(params.bucket!));
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
