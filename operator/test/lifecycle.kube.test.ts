import { isNotFound, type KubeObject, resources } from '@telestack/controller';
import { eventually } from '@telestack/testkit';
import { afterAll, describe, expect, test } from 'vitest';
import { OWNED } from '../src/caches.ts';
import { projects } from '../src/index.ts';
import { annotations, MANAGED_SELECTOR } from '../src/resources/names.ts';
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

interface Claim extends KubeObject {
  spec: { resources: { requests: { storage: string } } };
  status?: { capacity?: { storage?: string } };
}
interface Workload extends KubeObject {
  spec: { replicas: number; template: KubeObject & { spec: { containers: { image: string }[] } } };
}

const imageOf = async (place: Playground, name: string) =>
  (await place.get<Workload>(resources.deployment, name)).spec.template.spec.containers[0]!.image;

/** What must not be made anew: uid and content. */
async function dataOf(place: Playground): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const kind of ['secret', 'persistentVolumeClaim'] as const) {
    const query = { labelSelector: MANAGED_SELECTOR };
    const { items } = await place.client.list(resources[kind], { namespace: place.namespace, query });
    for (const { metadata, data } of items) found[`${kind} ${metadata.name}`] = { uid: metadata.uid, data };
  }
  return found;
}

async function gone(place: Playground, name: string): Promise<void> {
  await eventually(async () => {
    await expect(place.project(name)).rejects.toThrow('not found');
    const { items } = await place.client.list(resources.statefulSet, { namespace: place.namespace });
    expect(items).toEqual([]);
  }, 20_000);
}

describe.skipIf(cluster === undefined)('the life of a project', () => {
  afterAll(() => cluster?.client.close());

  test('deletion keeps the data, says so, and a new project of the name finds it', async () => {
    await using place = await playground(cluster!);
    await place.create('demo');
    await ready(place, 'demo');
    const before = await dataOf(place);
    expect(Object.keys(before).length).toBeGreaterThan(2);
    await place.client.delete(projects, place.namespace, 'demo');
    await gone(place, 'demo');
    expect(await dataOf(place)).toEqual(before);
    await eventually(async () => {
      const { items } = await place.client.list<KubeObject & { note: string }>(resources.event, {
        namespace: place.namespace,
      });
      expect(items.map(({ note }) => note).join('\n')).toMatch(
        /Kept, since .*PersistentVolumeClaim data-demo-postgresql-0/,
      );
    });
    await place.create('demo');
    await ready(place, 'demo');
    expect(await dataOf(place)).toEqual(before);
  });

  test('deletion policy Delete leaves nothing', async () => {
    await using place = await playground(cluster!);
    await place.create('demo', {
      deletionPolicy: 'Delete',
      topology: 'Distributed',
      services: { docstore: { autoscaling: { minReplicas: 1, maxReplicas: 3 } } },
      postgresql: { managed: { backup: { schedule: '0 3 * * *', bucket: { name: 'backups' } } } },
      exposure: { ingress: { host: 'demo.example.com' } },
    });
    await ready(place, 'demo');
    await place.client.delete(projects, place.namespace, 'demo');
    await gone(place, 'demo');
    await eventually(async () => {
      for (const resource of [...OWNED, resources.secret, resources.configMap, resources.pod]) {
        const query = { labelSelector: 'app.kubernetes.io/part-of=telestack' };
        const { items } = await place.client.list(resource, { namespace: place.namespace, query });
        expect(
          items.map(({ metadata }) => metadata.name),
          resource.kind,
        ).toEqual([]);
      }
    }, 10_000);
  });

  test('suspension stops the pods, and ends', async () => {
    await using place = await playground(cluster!);
    await place.create('demo');
    await ready(place, 'demo');
    const before = await dataOf(place);
    await place.patch('demo', { spec: { suspend: true } });
    await eventually(async () => {
      expect((await place.project('demo')).status?.phase).toBe('Suspended');
      const { items } = await place.client.list(resources.pod, { namespace: place.namespace });
      expect(items).toEqual([]);
    }, 20_000);
    await place.patch('demo', { spec: { suspend: false } });
    await ready(place, 'demo');
    expect(await dataOf(place)).toEqual(before);
  });

  test('a volume grows', async () => {
    await using place = await playground(cluster!);
    await place.create('demo');
    await ready(place, 'demo');
    const before = await place.get(resources.persistentVolumeClaim, 'data-demo-postgresql-0');
    await place.patch('demo', { spec: { postgresql: { managed: { storage: { size: '25Gi' } } } } });
    await eventually(async () => {
      const claim = await place.get<Claim>(resources.persistentVolumeClaim, 'data-demo-postgresql-0');
      expect(claim.spec.resources.requests.storage).toBe('25Gi');
      expect(claim.status?.capacity?.storage).toBe('25Gi');
      expect(claim.metadata.uid).toBe(before.metadata.uid);
    });
    await ready(place, 'demo');
  });

  test('a volume that cannot grow is named', async () => {
    await using place = await playground(cluster!);
    await place.create('demo', {
      ...SMALL,
      storage: { managed: { storage: { storageClassName: 'simulated-fixed' } } },
    });
    await ready(place, 'demo');
    await place.patch('demo', { spec: { storage: { managed: { storage: { size: '25Gi' } } } } });
    await eventually(async () =>
      expect(conditionOf(await place.project('demo'))).toMatch(
        /VolumeCannotGrow: .*simulated-fixed does not let volumes grow/,
      ),
    );
  });

  test('an upgrade goes in order, and stops at the first failure', async () => {
    await using place = await playground(cluster!);
    await place.create('demo', { ...SMALL, topology: 'Distributed' });
    await ready(place, 'demo');
    await place.patch('demo', { spec: { version: 'broken' } });
    await eventually(async () => {
      const project = await place.project('demo');
      expect(conditionOf(project, 'MigrationsReady')).toMatch(/^False PodsNotReady: .*ImagePullBackOff/);
      expect(conditionOf(project, 'GatewayReady')).toMatch(
        /^False UpgradeWaiting: keeps image telestack\/telestack:1\.0\.0 until migrations is ready/,
      );
      expect(project.status?.version).toBe('1.0.0');
    }, 10_000);
    for (const later of ['docstore', 'realtime-bridge', 'gateway'])
      expect(await imageOf(place, `demo-${later}`)).toBe('telestack/telestack:1.0.0');
    await place.patch('demo', { spec: { version: '2.0.0' } });
    const project = await ready(place, 'demo');
    expect(project.status?.version).toBe('2.0.0');
    expect(await imageOf(place, 'demo-gateway')).toBe('telestack/telestack:2.0.0');
    const { items } = await place.client.list<Workload>(resources.job, { namespace: place.namespace });
    expect(
      items
        .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
        .map(({ spec }) => spec.template.spec.containers[0]?.image),
    ).toEqual(['telestack/telestack:2.0.0']);
  });

  test('credentials are made anew on request, and their readers start again', async () => {
    await using place = await playground(cluster!);
    await place.create('demo');
    await ready(place, 'demo');
    const secret = () =>
      place.get<KubeObject & { data: Record<string, string> }>(
        resources.secret,
        'demo-postgresql-credentials',
      );
    const checksum = async () =>
      (await place.get<Workload>(resources.deployment, 'demo-compact')).spec.template.metadata.annotations?.[
        annotations.checksum
      ];
    const before = { secret: await secret(), checksum: await checksum() };
    await place.patch('demo', { metadata: { annotations: { [annotations.rotate]: '1' } } });
    await eventually(async () => {
      const now = await secret();
      expect(now.metadata.uid).toBe(before.secret.metadata.uid);
      for (const [key, value] of Object.entries(before.secret.data))
        expect(now.data[key], key).not.toBe(value);
      expect(await checksum()).not.toBe(before.checksum);
    });
    const after = await secret();
    await place.patch('demo', { spec: { observability: { otlpEndpoint: 'http://otel:4318' } } });
    await ready(place, 'demo');
    expect((await secret()).data).toEqual(after.data);
  });

  test('an operator that dies anywhere leaves nothing that the next does not finish', async () => {
    await using reference = await playground(cluster!);
    await using place = await playground(cluster!);
    await place.operator.stop();
    await reference.create('demo', { ...SMALL, topology: 'Distributed' });
    await place.create('demo', { ...SMALL, topology: 'Distributed' });
    let made: Record<string, unknown> = {};
    for (let i = 0; i < 20; i++) {
      const operator = await runOperator(cluster!, place.namespace);
      await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 200));
      await operator.stop();
      const now = await dataOf(place);
      // What was made once is never made again.
      expect(now).toMatchObject(made);
      made = now;
    }
    await using _last = await runOperator(cluster!, place.namespace);
    await ready(place, 'demo');
    await ready(reference, 'demo');
    expect(await dataOf(place)).toMatchObject(made);
    const shape = async (of: Playground) => {
      const all: string[] = [];
      for (const kind of [
        'deployment',
        'statefulSet',
        'service',
        'networkPolicy',
        'configMap',
        'secret',
        'serviceAccount',
        'podDisruptionBudget',
        'persistentVolumeClaim',
      ] as const) {
        const { items } = await of.client.list(resources[kind], {
          namespace: of.namespace,
          query: { labelSelector: MANAGED_SELECTOR },
        });
        all.push(...items.map(({ metadata }) => `${kind} ${metadata.name}`));
      }
      return all.sort();
    };
    expect(await shape(place)).toEqual(await shape(reference));
  });

  test('nothing is left of a project that never got ready', async () => {
    await using place = await playground(cluster!);
    await place.create('demo', {
      ...SMALL,
      deletionPolicy: 'Delete',
      images: { postgresql: 'postgres:broken' },
    });
    await eventually(async () =>
      expect(conditionOf(await place.project('demo'))).toMatch(/ImagePullBackOff/),
    );
    await place.client.delete(projects, place.namespace, 'demo');
    await eventually(async () => {
      const left = await place.project('demo').catch((error: unknown) => isNotFound(error));
      expect(left).toBe(true);
    }, 10_000);
  });
});
