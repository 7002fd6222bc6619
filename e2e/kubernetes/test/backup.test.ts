import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  applyProject,
  connect,
  eventually,
  get,
  kubectl,
  listen,
  makeNamespace,
  ready,
  SMALL,
} from '../support/cluster.ts';

const NAME = 'app';
const CREDENTIALS = 'backup-credentials';
const BUCKET = 'backups';

describe('a backup', () => {
  let from: Awaited<ReturnType<typeof makeNamespace>>;
  let to: Awaited<ReturnType<typeof makeNamespace>>;
  beforeAll(async () => {
    from = await makeNamespace('e2e-backup');
    to = await makeNamespace('e2e-restored');
    await applyProject(from.name, NAME, {
      ...SMALL,
      deletionPolicy: 'Delete',
      postgresql: {
        managed: {
          ...SMALL.postgresql.managed,
          backup: { schedule: '0 3 * * *', bucket: { name: BUCKET } },
        },
      },
    });
    await ready(from.name, NAME);
    await using client = await connect(from.name, NAME);
    await client.db.doc('users/ada').set({ name: 'Ada', tags: ['a', 1], at: new Date(0) });
    await client.db.doc('users/ada/posts/1').set({ title: 'One' });
  });
  afterAll(async () => {
    await to[Symbol.asyncDispose]();
    await from[Symbol.asyncDispose]();
  });

  test('is put into the bucket, and a new project made from it has the data', async () => {
    await kubectl('create', 'job', 'now', `--from=cronjob/${NAME}-backup`, '--namespace', from.name);
    await kubectl('wait', 'job/now', '--for=condition=Complete', '--timeout=120s', '--namespace', from.name);
    // Written after the backup: not in it.
    {
      await using client = await connect(from.name, NAME);
      await client.db.doc('users/late').set({});
    }

    const { data } = await get('secret', `${NAME}-minio-credentials`, from.name);
    const literal = (key: string) => `--from-literal=${key}=${Buffer.from(data[key], 'base64').toString()}`;
    await kubectl(
      ...['create', 'secret', 'generic', CREDENTIALS, '--namespace', to.name],
      ...[literal('accessKeyId'), literal('secretAccessKey')],
    );
    await applyProject(to.name, NAME, {
      ...SMALL,
      deletionPolicy: 'Delete',
      restoreFrom: {
        bucket: {
          endpoint: `http://${NAME}-minio.${from.name}:9000`,
          name: BUCKET,
          prefix: `${from.name}/${NAME}/`,
          credentials: { name: CREDENTIALS },
        },
      },
    });
    await ready(to.name, NAME);
    await using client = await connect(to.name, NAME);
    const { docs } = await client.db.collection('users').get();
    expect(docs.map((it) => [it.id, it.get('name'), it.get('tags')])).toEqual([['ada', 'Ada', ['a', 1]]]);
    expect((await client.db.collectionGroup('posts').get()).docs.map((it) => it.data())).toEqual([
      { title: 'One' },
    ]);
    // It takes writes and tells listeners, like any other.
    const seen: string[][] = [];
    using _ = listen(client.db.collection('users'), (it) => seen.push(it.docs.map(({ id }) => id)));
    await eventually(async () => expect(seen.at(-1)).toEqual(['ada']), 20_000);
    await client.db.doc('users/bob').set({});
    await eventually(async () => expect(seen.at(-1)).toEqual(['ada', 'bob']), 20_000);
  });
});
