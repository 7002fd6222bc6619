import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KubeConfig, loadYaml } from '@kubernetes/client-node';
import { collectionPath, type KubeObject, objectPath, type Resource, resources } from '@telestack/controller';
import { createNamespace, KUBERNETES_VERSION } from '@telestack/kubekit';
import { eventually } from '@telestack/testkit';
import { afterAll, describe, expect, test } from 'vitest';
import { referenceText } from '../src/api/reference.ts';
import { DEFINITION_FILE, definitionYaml, REFERENCE_FILE } from '../src/api/write-definition.ts';
import { projectDefinition, projects, type TelestackProject } from '../src/index.ts';
import { annotations } from '../src/resources/names.ts';
import { playground, ready, SMALL, testCluster } from './support/cluster.ts';
import { CHART, helm, readYaml, VARIANTS } from './support/helm.ts';

const cluster = await testCluster();

const SAMPLES = join(import.meta.dirname, '../samples');
const sets = (values: readonly string[]) => values.flatMap((value) => ['--set', value]);

test('the definition and its reference are those of the schema: npm run generate', () => {
  const text = readFileSync(DEFINITION_FILE, 'utf8');
  expect(text).toBe(definitionYaml());
  // All of it, and not only what the library has types for: without the kind it reads plain YAML.
  const { spec } = loadYaml<{ spec: unknown }>(text.replace(/^apiVersion.*\nkind.*\n/, ''));
  expect(spec).toEqual(JSON.parse(JSON.stringify(projectDefinition().spec)));
  expect(readFileSync(REFERENCE_FILE, 'utf8')).toBe(referenceText());
});

/** Granted for what the test's project does not do: routes need the Gateway API, and only an event that is repeated is written again. */
const NOT_TRIED = [
  'create httproutes',
  'delete httproutes',
  'list httproutes',
  'patch events',
  'patch httproutes',
  'update telestackprojects/finalizers',
  'watch httproutes',
];

describe.skipIf(cluster === undefined)('the chart', () => {
  const { client, kubeconfig } = cluster!;
  afterAll(() => client.close());
  const version = ['--kube-version', KUBERNETES_VERSION];

  test('lint', async () => {
    expect(await helm('lint', '--strict', ...version, CHART)).toContain('0 chart(s) failed');
  });

  test.each([
    'nats.replicas=2',
    'operator.replicas=0',
    'nats.storage.size=ten',
    'operator.image.repository=',
    'unknown=1',
  ])('values.schema.json refuses %s', async (value) => {
    await expect(helm('template', 't', CHART, ...version, '--set', value)).rejects.toThrow(
      /values don't meet the spec/,
    );
  });

  test.each(Object.entries(VARIANTS))(
    '%s: what is rendered is what the API server takes, field by field',
    async (_name, values) => {
      const { name: namespace } = await createNamespace(client, 'chart');
      const text = await helm(
        'template',
        't',
        CHART,
        '--namespace',
        namespace,
        '--no-hooks',
        ...version,
        ...sets(values),
      );
      const objects = (readYaml(text) as (KubeObject | undefined)[]).filter(
        (it) => it !== undefined && it !== null,
      );
      expect(objects.length).toBeGreaterThan(8);
      for (const object of objects as KubeObject[]) {
        // A namespace that is not there would be refused for that.
        const inPlace = object.metadata.namespace === undefined ? undefined : namespace;
        const metadata = { ...object.metadata, ...(inPlace === undefined ? {} : { namespace: inPlace }) };
        await client.request({
          method: 'PATCH',
          path: objectPath(resourceOf(object), inPlace, object.metadata.name),
          query: { dryRun: 'All', fieldValidation: 'Strict', fieldManager: 'test', force: true },
          contentType: 'application/apply-patch+yaml',
          body: { ...object, metadata },
        });
      }
    },
  );

  test.each(['demo', 'production'])('the sample %s is a valid project', async (name) => {
    const { name: namespace } = await createNamespace(client, 'chart');
    const sample = loadYaml<TelestackProject>(readFileSync(join(SAMPLES, `${name}.yaml`), 'utf8'));
    await client.request({
      method: 'POST',
      path: collectionPath(projects, namespace),
      query: { dryRun: 'All', fieldValidation: 'Strict' },
      body: { ...sample, metadata: { ...sample.metadata, namespace } },
    });
  });

  test('install, upgrade, uninstall; the operator runs projects with no more than the chart permits', async () => {
    const { name: namespace } = await createNamespace(client, 'chart');
    const target = ['--namespace', namespace, '--kubeconfig', kubeconfig];
    // Other tests share the definition.
    const common = ['--set', 'crds.install=false', '--set', `fullnameOverride=${namespace}`];
    await helm('install', 'one', CHART, ...target, ...common);
    const account = `${namespace}-operator`;
    const { status } = await client.request<{ status: { token: string } }>({
      method: 'POST',
      path: `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`,
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
    });
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    const user = { name: 'operator', token: status.token };
    config.loadFromClusterAndUser(config.getCurrentCluster()!, user);
    const used = new Set<string>();
    {
      const logged: string[] = [];
      await using place = await playground(cluster!, {
        config,
        log: (message, error) =>
          logged.push(`${message} ${error instanceof Error ? error.stack : (error ?? '')}`),
        // All namespaces, as the chart has it by default: other tests' projects have an operator each, and are as they should be.
        leaderElection: undefined,
      });
      await place.create('demo', {
        ...SMALL,
        deletionPolicy: 'Delete',
        services: { compact: { autoscaling: { minReplicas: 1, maxReplicas: 2 } } },
        storage: { managed: {} },
        postgresql: { managed: { backup: { schedule: '0 3 * * *', bucket: { name: 'backups' } } } },
        exposure: { ingress: { host: 'a.example.com' } },
      });
      await ready(place, 'demo');
      await place.patch('demo', {
        metadata: { annotations: { [annotations.rotate]: '1' } },
        spec: {
          postgresql: { managed: { storage: { size: '20Gi' }, backup: null } },
          exposure: { ingress: null },
        },
      });
      await ready(place, 'demo');
      const { items: secrets } = await place.client.list<KubeObject & { data?: Record<string, string> }>(
        resources.secret,
        { namespace: place.namespace },
      );
      const { items: events } = await place.client.list(resources.event, { namespace: place.namespace });
      const said = JSON.stringify([logged, events, await place.project('demo')]);
      for (const {
        data = {},
        metadata: { name },
      } of secrets)
        for (const [key, value] of Object.entries(data))
          for (const text of [value, Buffer.from(value, 'base64').toString('utf8')])
            expect(said.includes(text), `the value of ${key} in ${name} is told`).toBe(false);
      await place.client.delete(projects, place.namespace, 'demo');
      await eventually(() => expect(place.project('demo')).rejects.toThrow('not found'), 20_000);
      const { values } = await place.operator.manager.metrics.requests.get();
      expect(values.filter(({ labels }) => labels.status === '403')).toEqual([]);
      for (const { labels } of values) used.add(`${labels.method} ${labels.resource}`);
    }
    expect((await unused(namespace, used)).filter((it) => !NOT_TRIED.includes(it))).toEqual([]);
    await helm('upgrade', 'one', CHART, ...target, ...common, '--set', 'operator.replicas=1');
    const operator = await client.get<KubeObject & { spec: { replicas: number } }>(
      resources.deployment,
      namespace,
      account,
    );
    expect(operator.spec.replicas).toBe(1);
    await helm('uninstall', 'one', ...target);
  });
});

const METHODS: Readonly<Record<string, string>> = {
  get: 'GET',
  list: 'GET',
  watch: 'WATCH',
  // Server-side apply of an object that is not there needs both.
  create: 'PATCH',
  patch: 'PATCH',
  update: 'PUT',
  delete: 'DELETE',
};

/** What the operator's role grants and nobody has used. */
async function unused(name: string, used: ReadonlySet<string>): Promise<string[]> {
  const { rules } = await cluster!.client.request<{ rules: { resources: string[]; verbs: string[] }[] }>({
    method: 'GET',
    path: `/apis/rbac.authorization.k8s.io/v1/clusterroles/${name}-operator`,
  });
  return rules
    .flatMap(({ resources: of, verbs }) => of.flatMap((it) => verbs.map((verb) => [verb, it] as const)))
    .filter(([verb, it]) => {
      const plural = it.replace('/status', '');
      return !used.has(`${METHODS[verb]} ${plural}`) && !(verb === 'create' && used.has(`POST ${plural}`));
    })
    .map(([verb, it]) => `${verb} ${it}`)
    .sort();
}

/** Where the API serves an object, guessed from its kind as `kubectl` learns it from discovery. */
function resourceOf({ apiVersion, kind }: KubeObject): Resource {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  const plural = `${kind.toLowerCase()}s`.replace(/ys$/, 'ies');
  const known = Object.values<Resource>(resources).find((it) => it.kind === kind);
  return known ?? { group: group!, version: version!, kind, plural, namespaced: true };
}
