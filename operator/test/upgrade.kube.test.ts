import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isNotFound, type KubeObject, type Resource, resources } from '@telestack/controller';
import { createNamespace } from '@telestack/kubekit';
import { eventually } from '@telestack/testkit';
import { dump, load } from 'js-yaml';
import { afterAll, describe, expect, test } from 'vitest';
import { projects, type TelestackProject } from '../src/index.ts';
import { testCluster } from './support/cluster.ts';
import { CHART, helm } from './support/helm.ts';

const cluster = await testCluster();

interface Definition extends KubeObject {
  spec: {
    group: string;
    versions: {
      schema: { openAPIV3Schema: { properties: { spec: { properties: Record<string, unknown> } } } };
    }[];
  };
}

describe.skipIf(cluster === undefined)('an upgrade of the chart', () => {
  const { client, kubeconfig } = cluster!;
  const folder = mkdtempSync(join(tmpdir(), 'telestack-chart-'));
  afterAll(() => {
    rmSync(folder, { recursive: true });
    client.close();
  });

  /** The chart with a definition in a group of its own, since other tests share the real one. */
  function chartOf(
    group: string,
    version: string,
    change: (fields: Record<string, unknown>) => void,
  ): string {
    const path = join(folder, version);
    cpSync(CHART, path, { recursive: true });
    const edit = <T>(file: string, by: (content: T) => void) => {
      const content = load(readFileSync(join(path, file), 'utf8')) as T;
      by(content);
      writeFileSync(join(path, file), dump(content));
    };
    edit<{ version: string }>('Chart.yaml', (it) => Object.assign(it, { version }));
    edit<Definition>('files/telestackprojects.yaml', (it) => {
      it.metadata.name = `${projects.plural}.${group}`;
      it.spec.group = group;
      change(it.spec.versions[0]!.schema.openAPIV3Schema.properties.spec.properties);
    });
    return path;
  }

  test('brings the new definition, and keeps projects and data; uninstalling keeps them too', async () => {
    const { name: namespace } = await createNamespace(client, 'upgrade');
    const group = `${namespace}.example.com`;
    const resource: Resource = { ...projects, group };
    const options = [
      '--namespace',
      namespace,
      '--kubeconfig',
      kubeconfig,
      '--set',
      `fullnameOverride=${namespace}`,
    ];
    const previous = chartOf(group, '0.0.9', (fields) => {
      delete fields.suspend;
    });
    const current = chartOf(group, '0.1.0', () => {});

    await helm('install', 'one', previous, ...options);
    await eventually(() => client.list(resource, { namespace }), 10_000);
    const made = await client.create<TelestackProject>(resource, {
      metadata: { name: 'demo', namespace },
      spec: { topology: 'Distributed' },
    } as never);
    expect(made.spec).not.toHaveProperty('suspend');
    const claim = `data-${namespace}-nats-0`;
    const volume = await eventually(
      () => client.get(resources.persistentVolumeClaim, namespace, claim),
      20_000,
    );

    await helm('upgrade', 'one', current, ...options);
    const upgraded = await eventually(async () => {
      const it = await client.merge<TelestackProject>(resource, namespace, 'demo', {
        spec: { suspend: true },
      });
      expect(it.spec.suspend).toBe(true);
      return it;
    }, 10_000);
    expect(upgraded.metadata.uid).toBe(made.metadata.uid);
    expect({ ...upgraded.spec, suspend: undefined }).toEqual({ ...made.spec, suspend: undefined });
    const kept = await client.get(resources.persistentVolumeClaim, namespace, claim);
    expect(kept.metadata.uid).toBe(volume.metadata.uid);

    await helm('uninstall', 'one', ...options.slice(0, 4));
    const left = await client.get(resource, namespace, 'demo');
    expect(left.metadata.uid).toBe(made.metadata.uid);
    expect(await client.get(resources.persistentVolumeClaim, namespace, claim)).toBeDefined();

    await client.delete(resources.customResourceDefinition, undefined, `${projects.plural}.${group}`);
    await eventually(async () => {
      const gone = await client.get(resource, namespace, 'demo').catch(isNotFound);
      expect(gone).toBe(true);
    }, 10_000);
  });
});
