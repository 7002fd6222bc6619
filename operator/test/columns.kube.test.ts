import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { resources } from '@telestack/controller';
import { cachedBinaries } from '@telestack/kubekit';
import { eventually } from '@telestack/testkit';
import { afterAll, describe, expect, test } from 'vitest';
import { projects } from '../src/index.ts';
import { checkRules } from '../src/reconcile/check-rules.ts';
import { playground, SMALL, testCluster } from './support/cluster.ts';

const cluster = await testCluster();
const kubectl = cachedBinaries()?.cluster;
const run = promisify(execFile);
const RULES = 'service cloud.firestore { match /databases/{d}/documents { match /a/{b} { allow read; } } }';

describe.skipIf(cluster === undefined || kubectl === undefined)('kubectl get telestackprojects', () => {
  afterAll(() => cluster?.client.close());

  /** The row of the project, by the headers of its columns. */
  async function row(namespace: string): Promise<Record<string, string>> {
    const { stdout } = await run(kubectl!, [
      'kubectl',
      `--kubeconfig=${cluster!.kubeconfig}`,
      `--namespace=${namespace}`,
      'get',
      'tsp',
    ]);
    const [head = '', line = ''] = stdout.split('\n');
    // Columns are three spaces apart at least; a cell may be empty.
    const starts = [...head.matchAll(/\S+/g)].map(({ index }) => index);
    return Object.fromEntries(
      starts.map((from, i) => [
        head.slice(from, starts[i + 1]).trim(),
        line.slice(from, starts[i + 1]).trim(),
      ]),
    );
  }

  test('tells the truth at every step', async () => {
    await using place = await playground(cluster!, { checkRules });
    const shows = (expected: object) =>
      eventually(async () => expect(await row(place.namespace)).toMatchObject(expected), 10_000);
    const database = (inline: string) => ({
      firestore: { databases: [{ name: '(default)', rules: { inline } }] },
    });

    await place.create('demo', { ...SMALL, images: { postgresql: 'postgres:broken' } });
    await shows({
      NAME: 'demo',
      TOPOLOGY: 'Compact',
      PHASE: 'Progressing',
      READY: 'False',
      MESSAGE: expect.stringMatching(/PostgreSQL: 0 of 1 pods are ready: .*ImagePullBackOff/),
    });
    await place.patch('demo', { spec: { images: { postgresql: null } } });
    await shows({ PHASE: 'Ready', READY: 'True', VERSION: '1.0.0', MESSAGE: 'all parts are ready' });

    await place.patch('demo', { spec: database('service cloud.firestore { alow }') });
    await shows({ PHASE: 'Degraded', READY: 'False', MESSAGE: expect.stringMatching(/rules: L1:\d+/) });
    await place.patch('demo', { spec: database(RULES) });
    await shows({ PHASE: 'Ready', READY: 'True' });

    await place.patch('demo', { spec: { images: { pullSecrets: [{ name: 'pull' }] } } });
    await shows({
      PHASE: 'Degraded',
      MESSAGE: 'spec.images.pullSecrets[pull]: the Secret pull does not exist',
    });
    await place.client.create(resources.secret, { metadata: { name: 'pull', namespace: place.namespace } });
    await shows({ PHASE: 'Ready', READY: 'True' });

    await place.patch('demo', { spec: { suspend: true } });
    await shows({ PHASE: 'Suspended', READY: 'False' });
    await place.patch('demo', { spec: { suspend: false, deletionPolicy: 'Delete' } });
    await shows({ PHASE: 'Ready', READY: 'True' });

    // Somebody else holds an object back.
    const hold = (finalizers: string[] | null) =>
      place.client.merge(resources.configMap, place.namespace, 'demo-databases', {
        metadata: { finalizers },
      });
    await hold(['example.com/hold']);
    await place.client.delete(projects, place.namespace, 'demo');
    await shows({ PHASE: 'Deleting', READY: 'False', MESSAGE: 'waits for ConfigMap demo-databases to go' });
    await hold(null);
    await eventually(async () => expect(await row(place.namespace)).toEqual({}), 10_000);
  });
});
