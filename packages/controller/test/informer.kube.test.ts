import { createNamespace } from '@telestack/kubekit';
import { activeResources, eventually } from '@telestack/testkit';
import { afterAll, describe, expect, test } from 'vitest';
import { type Change, Informer, type KubeObject, LeaderElection, resources } from '../src/index.ts';
import { breakableCluster } from './support.ts';

const cluster = await breakableCluster();

interface ConfigMap extends KubeObject {
  data?: Record<string, string>;
}

describe.skipIf(cluster === undefined)('against an API server that fails', () => {
  const { client, controlPlane } = cluster!;
  afterAll(async () => {
    client.close();
    await cluster?.stop();
  });

  async function watched(pageSize?: number) {
    const namespace = await createNamespace(client);
    const changes: Change<ConfigMap>[] = [];
    const failures: string[] = [];
    let lists = 0;
    const informer = new Informer<ConfigMap>({
      client,
      resource: resources.configMap,
      namespace: namespace.name,
      fieldSelector: 'metadata.name!=kube-root-ca.crt',
      backoff: { minMs: 50, maxMs: 300, jitter: 1 },
      onList: () => lists++,
      onFailure: (what, error) => failures.push(`${what}: ${String(error)}`),
      ...(pageSize === undefined ? {} : { pageSize }),
    });
    informer.addHandler((change) => changes.push(change));
    informer.start();
    await informer.synced;
    const put = (name: string, value: string) =>
      client.request({
        method: 'PATCH',
        path: `/api/v1/namespaces/${namespace.name}/configmaps/${name}`,
        query: { fieldManager: 'test', force: true },
        contentType: 'application/apply-patch+yaml',
        body: {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name, namespace: namespace.name },
          data: { value },
        },
      });
    const state = () =>
      Object.fromEntries(
        [...informer.store.values()].map(({ metadata, data }) => [metadata.name, data?.value]),
      );
    return { namespace: namespace.name, informer, changes, failures, put, state, lists: () => lists };
  }

  test('a collection of many pages is whole, and its changes are told once', async () => {
    const it = await watched(2);
    for (let i = 0; i < 7; i++) await it.put(`c${i}`, '1');
    await it.put('c0', '2');
    await client.delete(resources.configMap, it.namespace, 'c6');
    await eventually(() => expect(it.changes.length).toBe(9));
    expect(it.changes.map(({ type }) => type)).toEqual([...Array(7).fill('add'), 'update', 'delete']);
    const again = await (async () => {
      const other = new Informer<ConfigMap>({
        client,
        resource: resources.configMap,
        namespace: it.namespace,
      });
      other.start();
      await other.synced;
      const { size } = other.store;
      await other.stop();
      return size;
    })();
    expect(again).toBeGreaterThanOrEqual(6);
    await it.informer.stop();
  });

  test('an outage: no change is lost, whether the server knows the old version or not', async () => {
    const it = await watched();
    await it.put('stays', '1');
    await it.put('changes', '1');
    await it.put('goes', '1');
    await eventually(() => expect(it.state()).toEqual({ stays: '1', changes: '1', goes: '1' }));
    const told = it.changes.length;
    await controlPlane.apiServer.stop();
    await eventually(() => expect(it.failures.length).toBeGreaterThan(2));
    await controlPlane.apiServer.start('brutal');
    await it.put('changes', '2');
    await it.put('comes', '1');
    await client.delete(resources.configMap, it.namespace, 'goes');
    await eventually(() => expect(it.state()).toEqual({ stays: '1', changes: '2', comes: '1' }), 10_000);
    // What did not change is not told again, although the collection may have been listed anew.
    expect(
      it.changes
        .slice(told)
        .map(({ type, object }) => `${type} ${object.metadata.name}`)
        .sort(),
    ).toEqual(['add comes', 'delete goes', 'update changes']);
    await it.informer.stop();
  }, 60_000);

  test('a version that has expired: the collection is listed again, what went meanwhile is told', async () => {
    const it = await watched();
    await it.put('old', '1');
    await eventually(() => expect(it.state()).toEqual({ old: '1' }));
    const before = it.lists();
    const real = client.watch.bind(client);
    const isRefused = () => it.failures.some((failure) => /too old|expired/i.test(failure));
    // The server refuses a version that etcd has compacted.
    client.watch = ((resource, options) =>
      real(
        resource,
        isRefused() ? options : { ...options, query: { ...options.query, resourceVersion: '1' } },
      )) as typeof client.watch;
    try {
      // Ends the watch that is open; the next ones are refused.
      await controlPlane.apiServer.stop();
      await controlPlane.apiServer.start('brutal');
      await client.delete(resources.configMap, it.namespace, 'old');
      await it.put('new', '1');
      await eventually(() => expect(it.state()).toEqual({ new: '1' }), 10_000);
      expect(isRefused()).toBe(true);
      expect(it.lists()).toBeGreaterThan(before);
      expect(it.changes.at(-1)?.object.metadata.name).toBe('new');
    } finally {
      client.watch = real;
    }
    await it.informer.stop();
  }, 60_000);

  test('leadership: one leads, a stopped leader hands over at once, one that cannot renew stops', async () => {
    const namespace = await createNamespace(client);
    const log: string[] = [];
    const candidate = (identity: string) => {
      const end = new AbortController();
      const election = new LeaderElection({
        client,
        namespace: namespace.name,
        name: 'test',
        identity,
        leaseMs: 2_000,
        renewDeadlineMs: 1_000,
        retryMs: 50,
      });
      const done = election.run(end.signal, async (signal) => {
        log.push(`${identity} leads`);
        await new Promise<void>((resolve) =>
          signal.addEventListener('abort', () => resolve(), { once: true }),
        );
        log.push(`${identity} stops`);
      });
      return { end, done };
    };
    const a = candidate('a');
    await eventually(() => expect(log).toEqual(['a leads']));
    const b = candidate('b');
    a.end.abort();
    expect(await a.done).toBe(false);
    await eventually(() => expect(log).toEqual(['a leads', 'a stops', 'b leads']), 1_500);
    await controlPlane.apiServer.stop();
    const startedAt = performance.now();
    expect(await b.done).toBe(true);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(log.at(-1)).toBe('b stops');
    await controlPlane.apiServer.start('brutal');
  }, 60_000);

  test('hundreds of watches that come and go leave nothing behind', async () => {
    const namespace = await createNamespace(client);
    const cycle = async () => {
      const informers = Array.from(
        { length: 10 },
        () => new Informer({ client, resource: resources.configMap, namespace: namespace.name }),
      );
      for (const informer of informers) informer.start();
      await Promise.all(informers.map(({ synced }) => synced));
      await Promise.all(informers.map((informer) => informer.stop()));
    };
    await cycle();
    const sockets = () => activeResources().get('TLSWrap') ?? activeResources().get('TCPSocketWrap') ?? 0;
    const before = sockets();
    globalThis.gc?.();
    const memory = process.memoryUsage().heapUsed;
    for (let i = 0; i < 30; i++) await cycle();
    await eventually(() => expect(sockets()).toBeLessThanOrEqual(before + 2));
    globalThis.gc?.();
    expect(process.memoryUsage().heapUsed - memory).toBeLessThan(40e6);
  }, 30_000);
});
