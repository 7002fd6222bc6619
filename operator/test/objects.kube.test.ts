import { type KubeObject, resources } from '@telestack/controller';
import { eventually } from '@telestack/testkit';
import { afterAll, describe, expect, test } from 'vitest';
import { projects } from '../src/index.ts';
import { MANAGED_SELECTOR } from '../src/resources/names.ts';
import {
  conditionOf,
  type Playground,
  playground,
  ready,
  runOperator,
  SMALL,
  testCluster,
} from './support/cluster.ts';

const cluster = await testCluster();

const KINDS = [
  'configMap',
  'secret',
  'serviceAccount',
  'service',
  'networkPolicy',
  'podDisruptionBudget',
  'deployment',
  'statefulSet',
  'persistentVolumeClaim',
  'horizontalPodAutoscaler',
  'cronJob',
  'job',
  'ingress',
] as const;

interface PodTemplate {
  spec: {
    automountServiceAccountToken: boolean;
    securityContext: object;
    containers: Record<string, unknown>[];
    initContainers?: Record<string, unknown>[];
  };
}

async function namesOf(place: Playground): Promise<string[]> {
  const lists = await Promise.all(
    KINDS.map(async (kind) => {
      const { items } = await place.client.list(resources[kind], {
        namespace: place.namespace,
        query: { labelSelector: MANAGED_SELECTOR },
      });
      // A Job's name has a hash of what it does.
      return items.map(({ metadata }) =>
        `${resources[kind].kind} ${metadata.name}`.replace(/(migrations)-[0-9a-f]{8}$/, '$1'),
      );
    }),
  );
  return lists.flat().sort();
}

describe.skipIf(cluster === undefined)('objects of a project', () => {
  afterAll(() => cluster?.client.close());

  test.each([
    ['Compact', 'compact'],
    ['Distributed', 'docstore'],
  ] as const)('%s: all that a project has, hardened', async (topology, main) => {
    await using place = await playground(cluster!);
    await place.client.create(resources.secret, {
      metadata: { name: 'demo-tls', namespace: place.namespace },
      stringData: { 'tls.crt': 'a certificate', 'tls.key': 'its key' },
    });
    await place.create('demo', {
      topology,
      services: {
        [main === 'compact' ? 'compact' : 'docstore']: { autoscaling: { minReplicas: 1, maxReplicas: 3 } },
      },
      postgresql: {
        managed: { replicas: 2, backup: { schedule: '0 3 * * *', bucket: { name: 'backups' } } },
      },
      exposure: { ingress: { host: 'demo.example.com', tlsSecretName: 'demo-tls' } },
    });
    const project = await ready(place, 'demo');
    expect(project.status?.endpoint).toBe('https://demo.example.com');
    expect(await namesOf(place)).toMatchSnapshot();

    const workloads: KubeObject[] = [];
    for (const kind of ['deployment', 'statefulSet', 'job'] as const)
      workloads.push(...(await place.client.list(resources[kind], { namespace: place.namespace })).items);
    for (const workload of workloads) {
      const { spec } = (workload.spec as { template: PodTemplate }).template;
      expect(spec.automountServiceAccountToken).toBe(false);
      expect(spec.securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      for (const container of [...spec.containers, ...(spec.initContainers ?? [])]) {
        expect(container.securityContext).toMatchObject({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        expect(container.resources).toMatchObject({
          requests: { cpu: expect.any(String) },
          limits: { memory: expect.any(String) },
        });
      }
      // What ends is not probed.
      if (workload.metadata.labels?.['app.kubernetes.io/component'] === 'migrations') continue;
      for (const container of spec.containers)
        for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe'])
          expect(container[probe]).toBeDefined();
    }
  });

  test('nothing is written, and nothing asked, when all is as it should be', async () => {
    await using place = await playground(cluster!);
    await place.create('demo', { topology: 'Distributed' });
    await ready(place, 'demo');
    const { metrics } = place.operator.manager;
    const requests = async () => {
      const { values } = await metrics.requests.get();
      return values
        .filter(({ labels }) => labels.method !== 'WATCH' && labels.resource !== 'events')
        .reduce((sum, { value }) => sum + value, 0);
    };
    await eventually(() => place.operator.controller.busy === 0);
    const before = await requests();
    for (let i = 0; i < 5; i++) {
      place.operator.controller.queue.add(`${place.namespace}/demo`);
      await eventually(() => place.operator.controller.busy === 0);
    }
    expect(await requests()).toBe(before);
  });

  test('an operator that starts anew looks at everything and writes nothing', async () => {
    await using place = await playground(cluster!);
    await place.create('demo', { topology: 'Distributed' });
    await ready(place, 'demo');
    await eventually(() => place.operator.controller.busy === 0);
    await place.operator.stop();
    await using next = await runOperator(cluster!, place.namespace);
    await eventually(async () => {
      const { values } = await next.manager.metrics.reconciles.get();
      expect(values.reduce((sum, { value }) => sum + value, 0)).toBeGreaterThan(0);
    });
    await eventually(() => next.controller.busy === 0);
    const { values } = await next.manager.metrics.requests.get();
    expect(
      values.filter(
        ({ labels }) => labels.method !== 'WATCH' && labels.method !== 'GET' && labels.resource !== 'events',
      ),
    ).toEqual([]);
  });

  test('a component that is switched off goes, and its data stays', async () => {
    await using place = await playground(cluster!);
    await place.create('demo', { ...SMALL, storage: { managed: {} } });
    await ready(place, 'demo');
    await place.patch('demo', { spec: { storage: { enabled: false } } });
    await ready(place, 'demo');
    await eventually(async () => {
      expect((await namesOf(place)).filter((name) => name.includes('minio'))).toEqual([
        'PersistentVolumeClaim data-demo-minio-0',
        'Secret demo-minio-credentials',
      ]);
    });
  });

  test('a change is told as done when its pods are there, not before', async () => {
    await using place = await playground(cluster!);
    await place.create('demo', { ...SMALL, storage: { managed: {} } });
    const { metadata } = await ready(place, 'demo');
    const told: string[] = [];
    const stop = place.operator.caches.projects.addHandler(({ object }) => {
      if (object.status?.observedGeneration !== metadata.generation) told.push(conditionOf(object));
    });
    await place.patch('demo', { spec: { storage: { enabled: false } } });
    await ready(place, 'demo');
    stop();
    expect(told[0]).toMatch(/^False Progressing: Services: /);
    expect(told.indexOf('True')).toBe(told.length - 1);
  });

  test('a status that somebody else has written is put right', async () => {
    await using place = await playground(cluster!);
    await place.create('demo');
    const { status } = await ready(place, 'demo');
    const wrong = { status: { phase: 'Degraded', message: 'all is lost' } };
    await place.client.merge(projects, place.namespace, 'demo', wrong, { subresource: 'status' });
    await eventually(async () => expect((await place.project('demo')).status).toEqual(status));
  });

  test('the topology can be changed', async () => {
    await using place = await playground(cluster!);
    await place.create('demo');
    await ready(place, 'demo');
    await place.patch('demo', { spec: { topology: 'Distributed' } });
    await ready(place, 'demo');
    await eventually(async () => {
      const { items } = await place.client.list(resources.deployment, { namespace: place.namespace });
      const left = items.map(({ metadata }) => metadata.name);
      expect(left).toContain('demo-gateway');
      expect(left).not.toContain('demo-compact');
    });
  });
});
