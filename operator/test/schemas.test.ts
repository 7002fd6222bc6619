import type { KubeObject } from '@telestack/controller';
import { cachedBinaries, cachedSchemas, fetchSchemas, SCHEMA_VERSIONS } from '@telestack/kubekit';
import { describe, expect, test } from 'vitest';
import { projectDefinition } from '../src/index.ts';
import { objectsOf, SPECS } from './support/desired.ts';
import { CHART, helm, readYaml, VARIANTS } from './support/helm.ts';
import { PublishedSchemas } from './support/published-schemas.ts';

const reason = await fetchSchemas().then(
  () => '',
  (error: unknown) => String(error),
);
if (reason !== '') console.warn(`The published schemas are not checked: ${reason}`);

/** What their own definitions describe, which are not Kubernetes'. */
const FOREIGN = ['monitoring.coreos.com/v1', 'gateway.networking.k8s.io/v1'];

const isOurs = ({ apiVersion }: KubeObject) => !FOREIGN.includes(apiVersion);

describe.skipIf(reason !== '').each(SCHEMA_VERSIONS)('Kubernetes %s takes', (version) => {
  const schemas = cachedSchemas(version) === undefined ? undefined! : new PublishedSchemas(version);

  test('nothing that it does not know: the check finds mistakes', () => {
    const broken = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'd' },
      spec: {
        selector: {},
        template: { spec: { containers: [{ name: 'c', imagee: 'i' }] } },
        replicas: 'two',
      },
    };
    const problems = schemas.problems(broken).join('\n');
    expect(problems).toMatch(/replicas: must be integer/);
    expect(problems).toMatch(/imagee/);
  });

  test('the definition', () =>
    expect(schemas.problems(projectDefinition() as unknown as KubeObject)).toEqual([]));

  test.each(Object.entries(SPECS))('all objects of a project: %s', (_name, spec) => {
    const objects = objectsOf(spec)
      .map(({ object }) => JSON.parse(JSON.stringify(object)) as KubeObject)
      .filter(isOurs);
    expect(objects.length).toBeGreaterThan(8);
    expect(objects.flatMap((object) => schemas.problems(object))).toEqual([]);
  });

  test.skipIf(cachedBinaries() === undefined).each(Object.entries(VARIANTS))(
    'the chart: %s',
    async (_name, values) => {
      const set = values.flatMap((it) => ['--set', it]);
      const text = await helm('template', 't', CHART, '--kube-version', version, '--namespace', 'n', ...set);
      const objects = (readYaml(text) as (KubeObject | null)[]).filter((it) => it != null && isOurs(it));
      expect(objects.length).toBeGreaterThan(8);
      expect(objects.flatMap((object) => schemas.problems(object!))).toEqual([]);
    },
  );
});
