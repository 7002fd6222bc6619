import { resources } from '@telestack/controller';
import { Database, ensureSlot, slotStatus } from '@telestack/pg';
import { createDatabase, eventually } from '@telestack/testkit';
import { afterAll, describe, expect, test } from 'vitest';
import { projects } from '../src/index.ts';
import { checkRules } from '../src/reconcile/check-rules.ts';
import { streamName } from '../src/resources/streams.ts';
import { conditionOf, type Playground, playground, ready, SMALL, testCluster } from './support/cluster.ts';

const cluster = await testCluster();
const CAUSE_WITHIN_MS = 10_000;

async function told(place: Playground, name: string, pattern: RegExp, type = 'Ready'): Promise<void> {
  await eventually(
    async () => expect(conditionOf(await place.project(name), type)).toMatch(pattern),
    CAUSE_WITHIN_MS,
  );
}

describe.skipIf(cluster === undefined)(
  'a wrong spec is named in a condition, and heals when the cause goes',
  () => {
    afterAll(() => cluster?.client.close());

    test('unknown storage class', async () => {
      await using place = await playground(cluster!);
      const storageClassName = `late-${place.namespace}`;
      await place.create('demo', { postgresql: { managed: { storage: { storageClassName } } } });
      const cause =
        /^False StorageClassNotFound: .*storage\.storageClassName: the StorageClass late-.* does not exist; there are: simulated/;
      await told(place, 'demo', cause);
      await told(place, 'demo', cause, 'PostgreSQLReady');
      await told(place, 'demo', /^False WaitingForDependencies: waits for postgresql/, 'SuperTokensReady');
      await expect(place.get(resources.persistentVolumeClaim, 'data-demo-postgresql-0')).rejects.toThrow(
        'not found',
      );
      await place.client.create(resources.storageClass, {
        metadata: { name: storageClassName },
        provisioner: 'telestack.dev/simulated',
      });
      // No driver serves it: the cause is another one now.
      await told(place, 'demo', /^False (Progressing|PodsNotReady): PostgreSQL: 0 of 1 pods are ready/);
      await place.client.delete(resources.storageClass, undefined, storageClassName);
    });

    test('missing Secret, then a missing key', async () => {
      await using place = await playground(cluster!);
      await place.create('demo', {
        auth: { providers: [{ name: 'google', clientId: 'id', clientSecretRef: { name: 'google' } }] },
      });
      await told(
        place,
        'demo',
        /^False SecretNotFound: spec\.auth\.providers\[google\]\.clientSecretRef: the Secret google does not exist/,
      );
      await place.client.create(resources.secret, {
        metadata: { name: 'google', namespace: place.namespace },
        stringData: { other: 'x' },
      });
      await told(place, 'demo', /^False SecretKeyNotFound: .*the Secret google has no key clientSecret/);
      await place.client.merge(resources.secret, place.namespace, 'google', {
        stringData: { clientSecret: 'x' },
      });
      await ready(place, 'demo');
    });

    test('bad rules: named, and the last good ones stay', async () => {
      await using place = await playground(cluster!, { checkRules });
      const good = (condition: string) =>
        `service cloud.firestore { match /databases/{d}/documents { match /a/{b} { allow read: if ${condition}; } } }`;
      const rules = (data: object) => ({ metadata: { name: 'rules', namespace: place.namespace }, data });
      await place.create('demo', {
        ...SMALL,
        firestore: { databases: [{ name: '(default)', rules: { configMapRef: { name: 'rules' } } }] },
      });
      await told(place, 'demo', /^False ConfigMapNotFound: .*the ConfigMap rules does not exist/);
      await place.client.create(resources.configMap, rules({ 'firestore.rules': good('true') }));
      await ready(place, 'demo');
      const live = async () =>
        ((await place.get(resources.configMap, 'demo-databases')).data as Record<string, string>)[
          'default.firestore.rules'
        ];
      expect(await live()).toBe(good('true'));
      await place.client.merge(resources.configMap, place.namespace, 'rules', {
        data: { 'firestore.rules': 'service cloud.firestore { alow }' },
      });
      await told(
        place,
        'demo',
        /^False InvalidRules: spec\.firestore\.databases\[\(default\)\]\.rules: L1:\d+ /,
      );
      expect(await live()).toBe(good('true'));
      await place.client.merge(resources.configMap, place.namespace, 'rules', {
        data: { 'firestore.rules': good('false') },
      });
      await ready(place, 'demo');
      await eventually(async () => expect(await live()).toBe(good('false')));
    });

    test('indexes that are no JSON', async () => {
      await using place = await playground(cluster!);
      await place.create('demo', {
        ...SMALL,
        firestore: { databases: [{ name: '(default)', indexes: { inline: '{' } }] },
      });
      await told(place, 'demo', /^False InvalidIndexes: .*it is not JSON/);
    });

    test('external database: unreachable, wrong password, then good', async () => {
      await using place = await playground(cluster!);
      const database = await createDatabase();
      const secret = (url: string) => ({
        metadata: { name: 'db', namespace: place.namespace },
        stringData: { url },
      });
      await place.client.create(resources.secret, secret('postgresql://me:secret-word@127.0.0.1:1/x'));
      await place.create('demo', {
        postgresql: { external: { urlSecretRef: { name: 'db' } } },
        supertokens: { enabled: false },
        deletionPolicy: 'Delete',
      });
      await told(
        place,
        'demo',
        /^False DatabaseUnusable: .*PostgreSQL at 127\.0\.0\.1:1 cannot be used: .*ECONNREFUSED/,
      );
      await place.client.merge(resources.secret, place.namespace, 'db', { stringData: { url: 'mysql://x' } });
      await told(place, 'demo', /^False DatabaseUnusable: .*the URL is not one of PostgreSQL/);
      expect(JSON.stringify(await place.project('demo'))).not.toContain('secret-word');
      await place.client.merge(resources.secret, place.namespace, 'db', {
        stringData: { url: database.url },
      });
      const project = await ready(place, 'demo');
      // The pods here are simulated: this is what the docstore's has.
      const db = new Database({ connectionString: database.url, applicationName: 'test', max: 1 });
      const slot = streamName(project);
      await ensureSlot(db, slot);
      await place.client.delete(projects, place.namespace, 'demo');
      await eventually(async () => expect(await slotStatus(db, slot)).toBeUndefined(), 15_000);
      await eventually(() => expect(place.project('demo')).rejects.toThrow('not found'), 15_000);
      await db.close();
      await database[Symbol.asyncDispose]();
    });

    test('an image that cannot be pulled', async () => {
      await using place = await playground(cluster!);
      await place.create('demo', { ...SMALL, centrifugo: {}, images: { centrifugo: 'centrifugo:broken' } });
      await told(
        place,
        'demo',
        /^False PodsNotReady: Centrifugo: 0 of 1 pods are ready: container centrifugo of pod .*ImagePullBackOff/,
      );
      await place.patch('demo', { spec: { images: { centrifugo: 'centrifugo:good' } } });
      await ready(place, 'demo');
    });

    test.each([
      [
        'no shrinking',
        { postgresql: { managed: { storage: { size: '20Gi' } } } },
        { postgresql: { managed: { storage: { size: '1Gi' } } } },
        /size cannot shrink/,
      ],
      [
        'storage class',
        { storage: { managed: { storage: { storageClassName: 'simulated' } } } },
        { storage: { managed: { storage: { storageClassName: 'other' } } } },
        /storageClassName cannot be changed/,
      ],
    ])('the API server refuses a change: %s', async (_what, spec, patch, message) => {
      await using place = await playground(cluster!);
      await place.create('demo', { suspend: true, ...spec });
      await expect(place.patch('demo', { spec: patch })).rejects.toThrow(message);
    });

    test.each([
      [
        'both databases',
        { postgresql: { managed: {}, external: { urlSecretRef: { name: 'x' } } } },
        /exactly one of managed, external/,
      ],
      [
        'two ways in',
        { exposure: { ingress: { host: 'a.b' }, gateway: { host: 'a.b', parentName: 'x' } } },
        /only one of ingress, gateway/,
      ],
      ['topology', { topology: 'Large' }, /Unsupported value: "Large"/],
      ['size', { postgresql: { managed: { storage: { size: 'ten' } } } }, /should match/],
      [
        'replicas without Redis',
        { centrifugo: { replicas: 3 } },
        /more than one replica needs the engine Redis/,
      ],
      [
        'rules from nowhere',
        { firestore: { databases: [{ name: '(default)', rules: {} }] } },
        /exactly one of inline, configMapRef/,
      ],
      [
        'restore into an external database',
        {
          postgresql: { external: { urlSecretRef: { name: 'x' } } },
          supertokens: { enabled: false },
          restoreFrom: { bucket: { name: 'bbb' } },
        },
        /restoreFrom needs postgresql.managed/,
      ],
    ])('the API server refuses: %s', async (_what, spec, message) => {
      await using place = await playground(cluster!);
      await expect(place.create('demo', spec)).rejects.toThrow(message);
    });

    test('the API server refuses a name that is too long', async () => {
      await using place = await playground(cluster!);
      await expect(place.create('a'.repeat(41))).rejects.toThrow(/up to 40 characters/);
    });
  },
);
