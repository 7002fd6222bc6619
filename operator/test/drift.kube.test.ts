import { type KubeObject, type Resource, resources } from '@telestack/controller';
import { eventually } from '@telestack/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Playground, playground, ready, testCluster } from './support/cluster.ts';

const cluster = await testCluster();

const MANAGED = 'app.kubernetes.io/managed-by=telestack-operator';
const KINDS = [
  'deployment',
  'service',
  'serviceAccount',
  'configMap',
  'secret',
  'networkPolicy',
  'podDisruptionBudget',
  'cronJob',
  'job',
  'ingress',
  'horizontalPodAutoscaler',
  'statefulSet',
] as const;

const TOPOLOGIES = [
  ['Compact', 'compact'],
  ['Distributed', 'gateway'],
] as const;

async function placeWithProject(topology: string): Promise<Playground> {
  const place = await playground(cluster!);
  await place.create('demo', {
    topology,
    services: {
      compact: { autoscaling: { minReplicas: 1, maxReplicas: 3 } },
      docstore: { autoscaling: { minReplicas: 1, maxReplicas: 3 } },
    },
    postgresql: { managed: { backup: { schedule: '0 3 * * *', bucket: { name: 'backups' } } } },
    exposure: { ingress: { host: 'demo.example.com' } },
  });
  await ready(place, 'demo');
  return place;
}

describe.skipIf(cluster === undefined).each(TOPOLOGIES)('edits by hand, %s', (topology, entry) => {
  let place: Playground;
  beforeAll(async () => {
    place = await placeWithProject(topology);
  });
  afterAll(() => place?.[Symbol.asyncDispose]());

  const scaled = topology === 'Compact' ? 'compact' : 'docstore';
  const other = topology === 'Compact' ? 'supertokens' : 'gateway';
  const edits: [keyof typeof resources, string, object][] = [
    ['deployment', other, { spec: { replicas: 7 } }],
    ['deployment', entry, { spec: { template: { spec: { automountServiceAccountToken: true } } } }],
    ['deployment', entry, { metadata: { labels: { 'app.kubernetes.io/name': 'other' } } }],
    ['deployment', entry, { metadata: { labels: { 'app.kubernetes.io/managed-by': null } } }],
    ['deployment', entry, { metadata: { ownerReferences: null } }],
    ['statefulSet', 'postgresql', { spec: { replicas: 0 } }],
    [
      'service',
      'gateway',
      { spec: { ports: [{ name: 'main', port: 1234, targetPort: 1, protocol: 'TCP' }] } },
    ],
    ['serviceAccount', entry, { automountServiceAccountToken: true }],
    ['configMap', 'databases', { data: { 'databases.json': '[]' } }],
    ['secret', 'postgresql-credentials', { metadata: { labels: { 'app.kubernetes.io/part-of': null } } }],
    ['networkPolicy', 'default-deny', { spec: { policyTypes: ['Ingress'] } }],
    ['networkPolicy', scaled, { spec: { ingress: [{}] } }],
    ['podDisruptionBudget', entry, { spec: { maxUnavailable: 3 } }],
    ['horizontalPodAutoscaler', scaled, { spec: { maxReplicas: 50 } }],
    ['cronJob', 'backup', { spec: { schedule: '* * * * *' } }],
    ['ingress', 'project', { spec: { rules: [{ host: 'evil.example.com' }] } }],
  ];

  test.each(edits)('%s %s: an edit by hand is undone: %j', async (kind, part, patch) => {
    const resource: Resource = resources[kind];
    const name = `demo-${part}`;
    const before = await place.get(resource, name);
    await place.client.merge(resource, place.namespace, name, patch);
    await eventually(async () => {
      const { spec, data, metadata } = await place.get(resource, name);
      expect(spec).toEqual(before.spec);
      expect(data).toEqual(before.data);
      expect(metadata.labels).toEqual(before.metadata.labels);
      expect(metadata.ownerReferences).toEqual(before.metadata.ownerReferences);
      expect(metadata.uid).toBe(before.metadata.uid);
    });
  });

  test('fields of others are left alone', async () => {
    const foreign = { metadata: { annotations: { 'example.com/note': 'mine' }, labels: { team: 'red' } } };
    const name = `demo-${other}`;
    await place.client.merge(resources.deployment, place.namespace, name, {
      ...foreign,
      spec: { template: { metadata: { annotations: { restartedAt: 'now' } } } },
    });
    await place.client.merge(resources.deployment, place.namespace, name, { spec: { replicas: 5 } });
    await eventually(async () => {
      const { metadata, spec } = await place.get<
        KubeObject & { spec: { replicas: number; template: KubeObject } }
      >(resources.deployment, name);
      expect(spec.replicas).toBe(1);
      expect(metadata.annotations).toMatchObject({ 'example.com/note': 'mine' });
      expect(metadata.labels).toMatchObject({ team: 'red' });
      expect(spec.template.metadata.annotations).toMatchObject({ restartedAt: 'now' });
    });
  });
});

// Apart from the edits: new secrets roll their consumers, so what these projects look like changes for a while after each test.
describe.skipIf(cluster === undefined).each(TOPOLOGIES)('losses by hand, %s', (topology) => {
  let place: Playground;
  beforeAll(async () => {
    place = await placeWithProject(topology);
  });
  afterAll(() => place?.[Symbol.asyncDispose]());

  test('a key that is taken out of a Secret is made again, and the others stay', async () => {
    type SecretObject = KubeObject & { data: Record<string, string> };
    const before = await place.get<SecretObject>(resources.secret, 'demo-postgresql-credentials');
    await place.client.merge(resources.secret, place.namespace, 'demo-postgresql-credentials', {
      data: { docstore: null },
    });
    await eventually(async () => {
      const { data } = await place.get<SecretObject>(resources.secret, 'demo-postgresql-credentials');
      expect(data.docstore).toMatch(/./);
      expect({ ...data, docstore: '' }).toEqual({ ...before.data, docstore: '' });
    });
    await ready(place, 'demo');
  });

  test('every object that is deleted by hand comes back', async () => {
    const deleted: [Resource, KubeObject][] = [];
    for (const kind of KINDS) {
      const { items } = await place.client.list(resources[kind], {
        namespace: place.namespace,
        query: { labelSelector: MANAGED },
      });
      expect(items.length, kind).toBeGreaterThan(0);
      for (const item of items) {
        deleted.push([resources[kind], item]);
        await place.client.delete(resources[kind], place.namespace, item.metadata.name);
      }
    }
    await eventually(async () => {
      for (const [resource, { metadata }] of deleted) {
        const found = await place.get(resource, metadata.name);
        expect(found.metadata.uid).not.toBe(metadata.uid);
      }
    }, 30_000);
    await ready(place, 'demo', 30_000);
  });

  test('a volume claim that is deleted by hand comes back when its pod lets it go', async () => {
    const name = 'data-demo-minio-0';
    const before = await place.get(resources.persistentVolumeClaim, name);
    await place.client.delete(resources.persistentVolumeClaim, place.namespace, name);
    await place.client.delete(resources.pod, place.namespace, 'demo-minio-0');
    await eventually(async () => {
      const { metadata } = await place.get(resources.persistentVolumeClaim, name);
      expect(metadata.uid).not.toBe(before.metadata.uid);
    }, 20_000);
    await ready(place, 'demo', 30_000);
  });
});

afterAll(() => cluster?.client.close());
