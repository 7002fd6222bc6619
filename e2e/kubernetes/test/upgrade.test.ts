import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chartVersion, PREVIOUS_VERSION } from '../images/pack.ts';
import {
  type Anything,
  applyProject,
  condition,
  connect,
  eventually,
  get,
  list,
  makeNamespace,
  ready,
  SMALL,
} from '../support/cluster.ts';

const NAME = 'app';
/** In the order in which they are upgraded. */
const SERVICES = ['docstore', 'identity', 'realtime-bridge', 'storage', 'gateway'];
const POD = `deploy/${NAME}-identity`;

describe('another version', () => {
  let namespace: Awaited<ReturnType<typeof makeNamespace>>;
  const apply = (version: string) =>
    applyProject(namespace.name, NAME, {
      ...SMALL,
      topology: 'Distributed',
      deletionPolicy: 'Delete',
      version,
    });
  const images = async (): Promise<string[]> => {
    const deployments = await list('deployment', namespace.name);
    const imageOf = (it: Anything): string => it.spec.template.spec.containers[0].image.split(':').at(-1);
    return SERVICES.map((name) => imageOf(deployments.find((it) => it.metadata.name === `${NAME}-${name}`)));
  };

  beforeAll(async () => {
    namespace = await makeNamespace('e2e-upgrade');
    await apply(PREVIOUS_VERSION);
    await ready(namespace.name, NAME);
    await using client = await connect(namespace.name, NAME, POD);
    await client.db.doc('users/ada').set({ age: 36 });
  });
  afterAll(() => namespace[Symbol.asyncDispose]());

  test('rolls one service after the other, in order, and loses nothing', async () => {
    await apply(chartVersion());
    const seen: string[][] = [];
    await eventually(async () => {
      const now = await images();
      if (JSON.stringify(now) !== JSON.stringify(seen.at(-1))) seen.push(now);
      expect(now).toEqual(SERVICES.map(() => chartVersion()));
    }, 180_000);
    // At no time did a later one have it before an earlier one.
    for (const state of seen) expect(state, JSON.stringify(seen)).toEqual([...state].sort().reverse());
    expect(seen.length, JSON.stringify(seen)).toBeGreaterThan(2);
    const { status } = await ready(namespace.name, NAME);
    expect(status.version).toBe(chartVersion());
    await using client = await connect(namespace.name, NAME, POD);
    expect((await client.db.doc('users/ada').get()).data()).toEqual({ age: 36 });
  });

  test('that does not start stops before the first service and says why; what runs goes on', async () => {
    await apply('missing');
    await eventually(async () => {
      const project = await get('tsp', NAME, namespace.name);
      expect(condition(project, 'Ready').status).toBe('False');
      expect(condition(project, 'MigrationsReady').message).toMatch(/missing/);
      expect(condition(project, 'GatewayReady').reason).toBe('UpgradeWaiting');
    });
    expect(await images()).toEqual(SERVICES.map(() => chartVersion()));
    await using client = await connect(namespace.name, NAME, POD);
    await client.db.doc('users/bob').set({ age: 1 });
    expect((await client.db.collection('users').get()).size).toBe(2);
    await apply(chartVersion());
    await ready(namespace.name, NAME);
  });
});
