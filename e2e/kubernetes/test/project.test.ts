import { Client } from 'minio';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  applyProject,
  connect,
  eventually,
  forward,
  get,
  kubectl,
  list,
  listen,
  makeNamespace,
  ready,
  SMALL,
} from '../support/cluster.ts';

const NAME = 'app';

describe('a project', () => {
  let namespace: Awaited<ReturnType<typeof makeNamespace>>;
  beforeAll(async () => {
    namespace = await makeNamespace('e2e-project');
    await applyProject(namespace.name, NAME, { ...SMALL, deletionPolicy: 'Delete' });
    await ready(namespace.name, NAME);
  });
  afterAll(() => namespace[Symbol.asyncDispose]());

  const ages = async (): Promise<Record<string, number>> => {
    await using client = await connect(namespace.name, NAME);
    const { docs } = await client.db.collection('users').get();
    return Object.fromEntries(docs.map((it) => [it.id, it.get('age') as number]));
  };

  test('an unmodified client writes, queries, transacts and listens', async () => {
    await using client = await connect(namespace.name, NAME);
    const users = client.db.collection('users');
    const seen: string[][] = [];
    const thirty = users.where('age', '>=', 30).orderBy('age');
    using _ = listen(thirty, (it) => seen.push(it.docs.map(({ id }) => id)));
    await eventually(async () => expect(seen).toEqual([[]]), 20_000);
    await users.doc('ada').set({ name: 'Ada', age: 36 });
    await users.doc('bob').set({ name: 'Bob', age: 29 });
    await client.db.runTransaction(async (transaction) => {
      const bob = await transaction.get(users.doc('bob'));
      transaction.update(bob.ref, { age: (bob.get('age') as number) + 1 });
    });
    await eventually(async () => expect(seen.at(-1)).toEqual(['bob', 'ada']), 20_000);
    const { docs } = await users.orderBy('name', 'desc').limit(1).get();
    expect(docs.map((it) => it.data())).toEqual([{ name: 'Bob', age: 30 }]);
    expect((await users.count().get()).data().count).toBe(2);
  });

  test('nobody without a credential', async () => {
    const { spec } = await get('service', `${NAME}-gateway`, namespace.name);
    expect(spec.ports[0].port).toBe(8080);
    const path = `v1/projects/${NAME}/databases/(default)/documents/users/ada`;
    const script = `fetch('http://${NAME}-gateway:8080/${path}').then((it) => console.log(it.status))`;
    const pod = ['exec', '--namespace', namespace.name, `deploy/${NAME}-compact`];
    expect((await kubectl(...pod, '--', 'node', '--eval', script)).trim()).toMatch(/^40[13]$/);
  });

  test('files: what is uploaded, and what a program puts into the object store beside us', async () => {
    await using client = await connect(namespace.name, NAME);
    const bucket = `${NAME}.firebasestorage.app`;
    const files = `/v0/b/${bucket}/o`;
    const uploaded = await client.fetch(`${files}?name=ours.txt`, { method: 'POST', body: 'ours' });
    expect(uploaded.status).toBe(200);
    const { data } = await get('secret', `${NAME}-minio-credentials`, namespace.name);
    const text = (key: string) => Buffer.from(data[key], 'base64').toString();
    await using store = await forward(namespace.name, `service/${NAME}-minio`, 9000);
    const s3 = new Client({
      endPoint: '127.0.0.1',
      port: store.port,
      useSSL: false,
      accessKey: text('accessKeyId'),
      secretKey: text('secretAccessKey'),
    });
    await s3.putObject(bucket, 'theirs.txt', 'theirs');
    // Long before reconciliation would find it.
    await eventually(async () => {
      const { items } = (await (await client.fetch(files)).json()) as { items: { name: string }[] };
      expect(items.map(({ name }) => name)).toEqual(['ours.txt', 'theirs.txt']);
    }, 20_000);
    expect(await (await client.fetch(`${files}/theirs.txt?alt=media`)).text()).toBe('theirs');
  });

  test('each service has a role of its own in the database', async () => {
    const pod = ['exec', '--namespace', namespace.name, `deploy/${NAME}-compact`];
    const script = `for (const url of ['DATABASE_URL', 'IDENTITY_DATABASE_URL', 'STORAGE_DATABASE_URL'])
      console.log(new URL(process.env[url]).username)`;
    expect((await kubectl(...pod, '--', 'node', '--eval', script)).trim().split('\n')).toEqual([
      'docstore',
      'identity',
      'storage',
    ]);
    const [job] = await list('job', namespace.name);
    expect(job.status.succeeded).toBe(1);
  });

  test('a deleted Deployment comes back, and an edited Service is as it was', async () => {
    const before = await get('deployment', `${NAME}-compact`, namespace.name);
    await kubectl('delete', 'deployment', `${NAME}-compact`, '--namespace', namespace.name);
    const patch = JSON.stringify({ spec: { ports: [{ port: 8080, targetPort: 1 }] } });
    await kubectl('patch', 'service', `${NAME}-gateway`, '--namespace', namespace.name, '--patch', patch);
    await eventually(async () => {
      const { metadata } = await get('deployment', `${NAME}-compact`, namespace.name);
      expect(metadata.uid).not.toBe(before.metadata.uid);
      const { spec } = await get('service', `${NAME}-gateway`, namespace.name);
      expect(spec.ports[0].targetPort).not.toBe(1);
    }, 20_000);
    await ready(namespace.name, NAME);
    expect(await eventually(ages, 30_000)).toEqual({ ada: 36, bob: 30 });
  });

  test('data survives the end of the PostgreSQL pod', async () => {
    const before = await get('pod', `${NAME}-postgresql-0`, namespace.name);
    await kubectl('delete', 'pod', `${NAME}-postgresql-0`, '--namespace', namespace.name);
    await eventually(async () => {
      const { metadata, status } = await get('pod', `${NAME}-postgresql-0`, namespace.name);
      expect(metadata.uid).not.toBe(before.metadata.uid);
      expect(status.containerStatuses[0].ready).toBe(true);
    });
    expect(await eventually(ages, 60_000)).toEqual({ ada: 36, bob: 30 });
    await using client = await connect(namespace.name, NAME);
    await client.db.doc('users/cyd').set({ age: 1 });
  });

  test('every pod is closed by default and has its paths', async () => {
    const policies = await list('networkpolicy', namespace.name);
    expect(policies.find(({ spec }) => !spec.ingress && !spec.egress)?.spec.policyTypes).toEqual([
      'Ingress',
      'Egress',
    ]);
    const pods = await list('pod', namespace.name, 'app.kubernetes.io/instance=app');
    // The database, the object store, the services, and what has brought the tables forward.
    expect(pods.length).toBe(4);
    for (const { metadata } of pods) {
      const component = metadata.labels['app.kubernetes.io/component'];
      expect(
        policies.some(
          ({ spec }) => spec.podSelector.matchLabels?.['app.kubernetes.io/component'] === component,
        ),
        component,
      ).toBe(true);
    }
  });

  test('suspended it has no pods; resumed it has its data', async () => {
    const before = await ages();
    await applyProject(namespace.name, NAME, { ...SMALL, deletionPolicy: 'Delete', suspend: true });
    await eventually(async () => expect(await list('pod', namespace.name)).toEqual([]));
    await applyProject(namespace.name, NAME, { ...SMALL, deletionPolicy: 'Delete' });
    await ready(namespace.name, NAME);
    expect(await eventually(ages, 30_000)).toEqual(before);
  });
});
