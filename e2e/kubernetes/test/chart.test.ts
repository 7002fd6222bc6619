import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chartVersion, PREVIOUS_VERSION } from '../images/pack.ts';
import {
  type Anything,
  applyProject,
  CHART,
  connect,
  eventually,
  get,
  helm,
  kubectl,
  list,
  makeNamespace,
  ready,
  SMALL,
} from '../support/cluster.ts';
import { NEW_FIELD, previousChart } from '../support/previous-chart.ts';

const RELEASE = ['telestack', '--namespace', 'telestack', '--wait', '--timeout', '3m'];
const NAME = 'app';

describe('the chart', () => {
  let namespace: Awaited<ReturnType<typeof makeNamespace>>;
  beforeAll(async () => {
    namespace = await makeNamespace('e2e-chart');
  });
  afterAll(() => namespace[Symbol.asyncDispose]());

  const knowsNewField = async (): Promise<boolean> => {
    const { spec } = await get('crd', 'telestackprojects.telestack.dev', 'default');
    return NEW_FIELD in spec.versions[0].schema.openAPIV3Schema.properties.spec.properties;
  };
  /** What must stay what it is. */
  const identities = async (): Promise<Record<string, string>> => {
    const objects = [
      ...(await list('persistentvolumeclaim,secret', namespace.name)),
      ...(await list('persistentvolumeclaim', 'telestack')),
      await get('secret', 'telestack-nats-keys', 'telestack'),
    ];
    return Object.fromEntries(
      objects.map(({ kind, metadata, data }: Anything) => [
        `${kind} ${metadata.name}`,
        `${metadata.uid} ${JSON.stringify(data)}`,
      ]),
    );
  };

  test('helm test', async () => {
    expect(await helm('test', ...RELEASE.slice(0, 3))).toMatch(/Phase:\s+Succeeded/);
  });

  test('an upgrade from the release before keeps projects, their data and the definition up to date', async () => {
    await helm('upgrade', RELEASE[0]!, previousChart(), ...RELEASE.slice(1));
    const isStandIn = !process.env.PREVIOUS_CHART;
    if (isStandIn) expect(await knowsNewField()).toBe(false);
    await applyProject(namespace.name, NAME, { ...SMALL, deletionPolicy: 'Delete' });
    const before = await ready(namespace.name, NAME);
    if (isStandIn) expect(before.status.version).toBe(PREVIOUS_VERSION);
    await using client = await connect(namespace.name, NAME);
    await client.db.doc('users/ada').set({ age: 36 });
    const kept = await identities();
    const database = await get('pod', `${NAME}-postgresql-0`, namespace.name);

    await helm('upgrade', RELEASE[0]!, CHART, ...RELEASE.slice(1));
    expect(await knowsNewField()).toBe(true);
    await eventually(async () => {
      const { status } = await get('tsp', NAME, namespace.name);
      expect(status.version).toBe(chartVersion());
    });
    const { metadata } = await ready(namespace.name, NAME);
    expect(metadata.uid).toBe(before.metadata.uid);
    expect(await identities()).toEqual(kept);
    expect((await get('pod', database.metadata.name, namespace.name)).metadata.uid).toBe(
      database.metadata.uid,
    );
    await using after = await connect(namespace.name, NAME);
    expect((await after.db.doc('users/ada').get()).data()).toEqual({ age: 36 });
    expect(await helm('test', ...RELEASE.slice(0, 3))).toMatch(/Phase:\s+Succeeded/);
    await kubectl('get', 'pods', '--namespace', 'telestack');
  });
});
