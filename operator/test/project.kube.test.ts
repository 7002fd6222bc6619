import { keyOf, resources } from '@telestack/controller';
import { afterAll, describe, expect, test } from 'vitest';
import { playground, ready, testCluster } from './support/cluster.ts';

const cluster = await testCluster();

describe.skipIf(cluster === undefined)('a project', () => {
  afterAll(() => cluster?.client.close());

  test.each(['Compact', 'Distributed'] as const)('%s gets ready', async (topology) => {
    await using place = await playground(cluster!);
    const startedAt = performance.now();
    await place.create('demo', { topology });
    const project = await ready(place, 'demo');
    console.log(
      topology,
      Math.round(performance.now() - startedAt),
      'ms',
      keyOf(project),
      JSON.stringify(project.status, null, 1),
    );
    expect(project.status?.phase).toBe('Ready');
    const { items } = await place.client.list(resources.deployment, { namespace: place.namespace });
    expect(items.map(({ metadata }) => metadata.name).sort()).toMatchSnapshot();
  });
});
