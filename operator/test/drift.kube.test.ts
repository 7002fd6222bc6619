import { type KubeObject, type Resource, resources } from '@telestack/controller';
import { eventually } from '@telestack/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Playground, playground, ready, testCluster } from './support/cluster.ts';

const cluster = await testCluster();

describe.skipIf(cluster === undefined)('drift', () => {
  let place: Playground;
  beforeAll(async () => {
    place = await playground(cluster!);
    await place.create('demo', {
      topology: 'Distributed',
      services: { docstore: { autoscaling: { minReplicas: 1, maxReplicas: 3 } } },
      postgresql: { managed: { backup: { schedule: '0 3 * * *', bucket: { name: 'backups' } } } },
      exposure: { ingress: { host: 'demo.example.com' } },
    });
    await ready(place, 'demo');
  });
  afterAll(async () => {
    await place?.[Symbol.asyncDispose]();
    cluster?.client.close();
  });

  const edits: [keyof typeof resources, string, object][] = [
    ['deployment', 'demo-gateway', { spec: { replicas: 7 } }],
    ['deployment', 'demo-gateway', { spec: { template: { spec: { automountServiceAccountToken: true } } } }],
    ['statefulSet', 'demo-postgresql', { spec: { replicas: 0 } }],
    [
      'service',
      'demo-gateway',
      { spec: { ports: [{ name: 'main', port: 1234, targetPort: 1, protocol: 'TCP' }] } },
    ],
    ['serviceAccount', 'demo-gateway', { automountServiceAccountToken: true }],
    ['configMap', 'demo-databases', { data: { 'databases.json': '[]' } }],
    ['networkPolicy', 'demo-default-deny', { spec: { policyTypes: ['Ingress'] } }],
    ['networkPolicy', 'demo-docstore', { spec: { ingress: [{}] } }],
    ['podDisruptionBudget', 'demo-gateway', { spec: { maxUnavailable: 3 } }],
    ['horizontalPodAutoscaler', 'demo-docstore', { spec: { maxReplicas: 50 } }],
    ['cronJob', 'demo-backup', { spec: { schedule: '* * * * *' } }],
    ['ingress', 'demo-project', { spec: { rules: [{ host: 'evil.example.com' }] } }],
    ['deployment', 'demo-docstore', { metadata: { labels: { 'app.kubernetes.io/name': 'other' } } }],
  ];

  test.each(edits)('%s %s: an edit by hand is undone', async (kind, name, patch) => {
    const resource: Resource = resources[kind];
    const before = await place.get(resource, name);
    await place.client.merge(resource, place.namespace, name, patch);
    await eventually(async () => {
      const { spec, data, metadata } = await place.get(resource, name);
      expect(spec).toEqual(before.spec);
      expect(data).toEqual(before.data);
      expect(metadata.labels).toEqual(before.metadata.labels);
      expect(metadata.uid).toBe(before.metadata.uid);
    });
  });

  test('every object that is deleted by hand comes back', async () => {
    const kinds = [
      'deployment',
      'service',
      'serviceAccount',
      'configMap',
      'networkPolicy',
      'podDisruptionBudget',
      'cronJob',
      'ingress',
      'horizontalPodAutoscaler',
      'statefulSet',
    ] as const;
    const deleted: [Resource, KubeObject][] = [];
    for (const kind of kinds) {
      const { items } = await place.client.list(resources[kind], {
        namespace: place.namespace,
        query: { labelSelector: 'app.kubernetes.io/managed-by=telestack-operator' },
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
    }, 20_000);
    await ready(place, 'demo');
  });

  test('fields of others are left alone', async () => {
    const foreign = { metadata: { annotations: { 'example.com/note': 'mine' }, labels: { team: 'red' } } };
    await place.client.merge(resources.deployment, place.namespace, 'demo-gateway', {
      ...foreign,
      spec: { template: { metadata: { annotations: { restartedAt: 'now' } } } },
    });
    await place.client.merge(resources.deployment, place.namespace, 'demo-gateway', {
      spec: { replicas: 5 },
    });
    await eventually(async () => {
      const { metadata, spec } = await place.get<
        KubeObject & { spec: { replicas: number; template: KubeObject } }
      >(resources.deployment, 'demo-gateway');
      expect(spec.replicas).toBe(1);
      expect(metadata.annotations).toMatchObject({ 'example.com/note': 'mine' });
      expect(metadata.labels).toMatchObject({ team: 'red' });
      expect(spec.template.metadata.annotations).toMatchObject({ restartedAt: 'now' });
    });
  });
});
