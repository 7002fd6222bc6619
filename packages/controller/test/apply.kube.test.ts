import { connect, createNamespace, loadConfig } from '@telestack/kubekit';
import { eventually, startKubernetes } from '@telestack/testkit';
import { afterAll, describe, expect, test } from 'vitest';
import {
  Applier,
  Controller,
  EventRecorder,
  type KubeObject,
  keyOf,
  Manager,
  resources,
} from '../src/index.ts';

const kubeconfig = await startKubernetes();

describe.skipIf(kubeconfig === undefined)('against a real API server', () => {
  const client = connect(kubeconfig!);
  afterAll(() => client.close());

  test('apply writes what differs and nothing else; a field that is left out goes', async () => {
    const { name: namespace } = await createNamespace(client);
    let writes = 0;
    const applier = new Applier({
      client,
      fieldManager: 'test',
      hashAnnotation: 'test/applied',
      onApply: () => {
        writes++;
      },
    });
    const service = (ports: object[], extra: object = {}): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 's', namespace },
      spec: { selector: { a: 'b' }, ports, ...extra },
    });
    const main = { name: 'main', port: 80, targetPort: 80, protocol: 'TCP' };
    const apply = (desired: KubeObject, live?: KubeObject) => applier.apply(resources.service, desired, live);
    let live = await apply(service([main], { sessionAffinity: 'ClientIP' }));
    live = await apply(service([main], { sessionAffinity: 'ClientIP' }), live);
    expect(writes).toBe(1);
    live = await apply(service([main]), live);
    expect((live.spec as { sessionAffinity: string }).sessionAffinity).toBe('None');
    live = await apply(service([main]), live);
    expect(writes).toBe(2);
    const foreign = [{ name: 'main', port: 81, targetPort: 81, protocol: 'TCP' }];
    live = await client.merge(resources.service, namespace, 's', { spec: { ports: foreign } });
    live = await apply(service([main]), live);
    expect((live.spec as { ports: object[] }).ports).toMatchObject([main]);
  });

  test('what the server writes in its own way is written once', async () => {
    const { name: namespace } = await createNamespace(client);
    let writes = 0;
    const applier = new Applier({
      client,
      fieldManager: 'test',
      hashAnnotation: 'test/applied',
      onApply: () => void writes++,
    });
    const container = { name: 'c', image: 'i', resources: { requests: { cpu: '0.5', memory: '1024Mi' } } };
    const desired: KubeObject = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'd', namespace },
      spec: {
        replicas: 0,
        selector: { matchLabels: { a: 'b' } },
        template: { metadata: { labels: { a: 'b' } }, spec: { containers: [container] } },
      },
    };
    let live = await applier.apply(resources.deployment, desired, undefined);
    for (let i = 0; i < 3; i++) live = await applier.apply(resources.deployment, desired, live);
    expect(writes).toBe(1);
  });

  test('the same event again is a series', async () => {
    const { name: namespace } = await createNamespace(client);
    const about = await client.create(resources.configMap, { metadata: { name: 'c', namespace } });
    const events = new EventRecorder({ client, controller: 'test/controller', instance: 'me' });
    for (let i = 0; i < 5; i++)
      events.record(about, { type: 'Normal', reason: 'Tested', action: 'Test', note: 'a note' });
    events.record(about, { type: 'Normal', reason: 'Tested', action: 'Test', note: 'another note' });
    await events.flush();
    const { items } = await client.list<KubeObject & { note: string; series?: { count: number } }>(
      resources.event,
      { namespace },
    );
    expect(items.map(({ note }) => note).sort()).toEqual(['a note', 'another note']);
    expect(items.find(({ note }) => note === 'a note')?.series?.count).toBeGreaterThanOrEqual(2);
  });

  test('a manager: changes come to the controller, failures again, health and metrics are served', async () => {
    const { name: namespace } = await createNamespace(client);
    const log: string[] = [];
    const manager = new Manager({
      config: loadConfig(kubeconfig!),
      log: (message) => log.push(message),
      leaderElection: { namespace, name: 'test', retryMs: 50 },
      health: { host: '127.0.0.1', port: 0 },
    });
    const informer = manager.informer<KubeObject>(resources.configMap, {
      namespace,
      fieldSelector: 'metadata.name!=kube-root-ca.crt',
    });
    const seen: string[] = [];
    const controller = new Controller({
      name: 'test',
      metrics: manager.metrics,
      backoff: { minMs: 5, maxMs: 20, jitter: 0 },
      onFailure: (key) => seen.push(`failed ${key}`),
      reconcile: async (key) => {
        seen.push(key);
        if (key.endsWith('bad') && controller.queue.failures(key) < 3) throw new Error('not yet');
        return undefined;
      },
    });
    manager.add(controller);
    informer.addHandler(({ object }) => controller.queue.add(keyOf(object)));
    const end = new AbortController();
    const running = manager.run(end.signal);
    await eventually(() => expect(manager.isLeading).toBe(true));
    for (const name of ['bad', 'good'])
      await client.create(resources.configMap, { metadata: { name, namespace } });
    await eventually(() => {
      expect(seen.filter((it) => it === `${namespace}/good`)).toHaveLength(1);
      expect(seen.filter((it) => it === `failed ${namespace}/bad`)).toHaveLength(3);
      expect(seen.filter((it) => it === `${namespace}/bad`)).toHaveLength(4);
    });
    const get = (path: string) => fetch(`http://127.0.0.1:${manager.healthPort}${path}`);
    expect((await get('/healthz')).status).toBe(200);
    expect((await get('/readyz')).status).toBe(200);
    expect(await (await get('/metrics')).text()).toMatch(
      /controller_reconcile_total\{controller="test",result="error"\} 3/,
    );
    end.abort();
    expect(await running).toBe('stopped');
    const lease = await client.get<KubeObject & { spec: { holderIdentity: string } }>(
      resources.lease,
      namespace,
      'test',
    );
    expect(lease.spec.holderIdentity).toBe('');
  });
});
