import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Anything,
  applyProject,
  connect,
  eventually,
  kubectl,
  list,
  makeNamespace,
  ready,
  SMALL,
} from '../support/cluster.ts';

const NAME = 'app';
/** Kinds of what a project is made of. */
const KINDS =
  'statefulset,deployment,replicaset,pod,service,configmap,secret,persistentvolumeclaim,serviceaccount,networkpolicy,poddisruptionbudget,cronjob,job,horizontalpodautoscaler';
const SELECTOR = `app.kubernetes.io/instance=${NAME}`;

describe('a deleted project', () => {
  let namespace: Awaited<ReturnType<typeof makeNamespace>>;
  beforeAll(async () => {
    namespace = await makeNamespace('e2e-deletion');
  });
  afterAll(() => namespace[Symbol.asyncDispose]());

  const left = async () =>
    (await list(KINDS, namespace.name, SELECTOR)).map(
      ({ kind, metadata }: Anything) => `${kind} ${metadata.name}`,
    );
  const remove = () => kubectl('delete', 'tsp', NAME, '--namespace', namespace.name, '--timeout', '120s');
  const volumes = async () =>
    JSON.parse(await kubectl('get', 'persistentvolume', '--output', 'json')).items.filter(
      ({ spec }: Anything) => spec.claimRef?.namespace === namespace.name,
    );

  test('with Retain leaves volumes and secrets, says so, and is found again', async () => {
    await applyProject(namespace.name, NAME, SMALL);
    await ready(namespace.name, NAME);
    {
      await using client = await connect(namespace.name, NAME);
      await client.db.doc('users/ada').set({ age: 36 });
    }
    await remove();
    await eventually(async () =>
      expect([...new Set((await left()).map((it) => it.split(' ')[0]))].sort()).toEqual([
        'PersistentVolumeClaim',
        'Secret',
      ]),
    );
    expect(await volumes()).not.toEqual([]);
    const events = (await list('event', namespace.name)).map(({ message }: Anything) => message);
    expect(events.join('\n')).toContain(`${NAME}-postgresql`);

    await applyProject(namespace.name, NAME, { ...SMALL, deletionPolicy: 'Delete' });
    await ready(namespace.name, NAME);
    await using client = await connect(namespace.name, NAME);
    expect((await client.db.doc('users/ada').get()).data()).toEqual({ age: 36 });
  });

  test('with Delete leaves nothing', async () => {
    await remove();
    await eventually(async () => expect(await left()).toEqual([]));
    await eventually(async () => expect(await volumes()).toEqual([]));
    await applyProject(namespace.name, NAME, { ...SMALL, deletionPolicy: 'Delete' });
    await ready(namespace.name, NAME);
    await using client = await connect(namespace.name, NAME);
    expect((await client.db.doc('users/ada').get()).exists).toBe(false);
  });
});
