// Kills the operator, as a process, at random points of its work, and looks whether the next one finishes it: `node operator/scale/kills.ts --kills 20`.
// Then two replicas: how long is nobody working when the leader stops, and when it is killed?
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type KubeObject, objectPath, type Resource, resources } from '@telestack/controller';
import { buildBinaries, connect, startSimulatedCluster } from '@telestack/kubekit';
import { freePort } from '@telestack/launch';
import { OWNED } from '../src/caches.ts';
import { projectDefinition, projects, type TelestackProject } from '../src/index.ts';
import { MANAGED_SELECTOR } from '../src/resources/names.ts';
import { OperatorProcess } from '../test/support/operator-process.ts';

const { values: flags } = parseArgs({ options: { kills: { type: 'string', default: '20' } } });
const kills = Number(flags.kills);
const KINDS: readonly Resource[] = [resources.configMap, resources.secret, ...OWNED];
/** What an operator asks before it works: a list of each kind, and one question for the Gateway API. */
const LISTS = 17;
const KEPT = ['Secret', 'PersistentVolumeClaim'];
/** What is changed before each start, so that there is work to be killed in. */
const SPECS = [
  {
    topology: 'Distributed',
    centrifugo: { enabled: true },
    exposure: { ingress: { host: 'a.example.com' } },
  },
  { topology: 'Compact', centrifugo: { enabled: false }, exposure: { ingress: null } },
] as const;

const folder = mkdtempSync(join(tmpdir(), 'telestack-kills-'));
const cluster = await startSimulatedCluster({
  folder,
  binaries: await buildBinaries(console.log),
  log: () => {},
});
const client = connect(cluster.kubeconfig);
const failures: string[] = [];
const running: OperatorProcess[] = [];
try {
  await install();
  await killAtRandomPoints();
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) await handOver(signal);
} finally {
  await Promise.all(running.map((it) => it.signal('SIGKILL')));
  client.close();
  await cluster.stop();
  rmSync(folder, { recursive: true, force: true });
}
console.log(failures.length === 0 ? 'ok' : `FAILED\n${failures.join('\n')}`);
process.exitCode = failures.length === 0 ? 0 : 1;

async function start(namespace: string, env: Record<string, string> = {}): Promise<OperatorProcess> {
  const operator = new OperatorProcess({
    kubeconfig: cluster.kubeconfig,
    port: await freePort(),
    logFile: join(folder, 'operator.log'),
    env: { WATCH_NAMESPACE: namespace, LEADER_ELECTION: 'false', ...env },
  });
  running.push(operator);
  return operator;
}

async function killAtRandomPoints(): Promise<void> {
  const spec = { deletionPolicy: 'Retain', storage: { enabled: false } };
  await client.create(projects, { metadata: { name: 'demo', namespace: 'killed' }, spec });
  let kept = new Map<string, string>();
  console.log('kill  requests  objects');
  for (let i = 1; i <= kills; i++) {
    await client.merge(projects, 'killed', 'demo', { spec: SPECS[i % 2]! });
    const operator = await start('killed');
    const requests = await untilRequests(operator, LISTS + 1 + Math.floor(Math.random() * 50));
    await operator.signal('SIGKILL');
    const objects = await objectsIn('killed');
    console.log(
      `${String(i).padStart(4)}  ${String(requests - LISTS).padStart(8)}  ${String(objects.size).padStart(7)}`,
    );
    const now = new Map([...objects].filter(([key]) => KEPT.includes(key.split(' ')[0]!)));
    for (const [key, text] of kept)
      if (now.get(key) !== text) failures.push(`${key} is not what it was, after kill ${i}`);
    kept = now;
  }
  const final = SPECS[kills % 2]!;
  const last = await start('killed');
  const reference = await start('reference');
  await client.create(projects, {
    metadata: { name: 'demo', namespace: 'reference' },
    spec: { ...spec, ...JSON.parse(JSON.stringify(final, (_key, value) => value ?? undefined)) },
  });
  for (const namespace of ['killed', 'reference']) await ready(namespace);
  const [is, should] = [await objectsIn('killed'), await objectsIn('reference')];
  // Data of a part that was switched off in between stays.
  const isExtra = (key: string) => !KEPT.includes(key.split(' ')[0]!) && !should.has(key);
  for (const key of is.keys()) if (isExtra(key)) failures.push(`${key} is left over`);
  for (const [key, text] of should) {
    if (!is.has(key)) failures.push(`${key} is missing`);
    else if (!KEPT.includes(key.split(' ')[0]!) && is.get(key) !== text)
      failures.push(`${key} is not as it should be`);
  }
  for (const [key, text] of kept)
    if (is.get(key) !== text) failures.push(`${key} is not what it was, at the end`);
  console.log(`${is.size} objects, as those of a project whose operator was never killed: ${should.size}`);
  await Promise.all([last, reference].map((it) => it.signal('SIGTERM')));
}

/** Waits until the operator has sent so many requests, or has nothing more to do; resolves to their number. */
async function untilRequests(operator: OperatorProcess, goal: number): Promise<number> {
  let requests = 0;
  let grownAt = performance.now();
  const begin = grownAt;
  while (requests < goal && performance.now() - begin < 30_000) {
    const now = (await operator.counts().catch(() => undefined))?.requests ?? 0;
    if (now > requests) grownAt = performance.now();
    requests = now;
    if (requests > LISTS && performance.now() - grownAt > 2_000) break;
    await delay(1);
  }
  return requests;
}

/** Two replicas: the leader ends while a change is made; how long until it has been carried out? */
async function handOver(signal: NodeJS.Signals): Promise<void> {
  const env = { LEADER_ELECTION: 'true', POD_NAMESPACE: 'reference' };
  const replicas = [await start('reference', env), await start('reference', env)];
  await Promise.all(replicas.map((it) => it.ready()));
  let leader: OperatorProcess | undefined;
  for (let i = 0; i < 400 && leader === undefined; i++) {
    for (const it of replicas) if (await it.isLeading()) leader = it;
    await delay(50);
  }
  if (leader === undefined) throw new Error('Nobody leads.');
  await ready('reference');
  const other = replicas.find((it) => it !== leader)!;
  const begin = performance.now();
  await leader.signal(signal);
  await client.merge(projects, 'reference', 'demo', {
    metadata: {},
    spec: { suspend: signal === 'SIGTERM' },
  });
  for (let i = 0; i < 1_200; i++) {
    const project = await client.get<TelestackProject>(projects, 'reference', 'demo');
    if (project.status?.observedGeneration === project.metadata.generation) break;
    await delay(25);
  }
  console.log(
    `leader ends by ${signal}: the other one has carried out a change after ${((performance.now() - begin) / 1_000).toFixed(1)} s`,
  );
  await other.signal('SIGTERM');
}

async function ready(namespace: string): Promise<void> {
  for (let i = 0; i < 1_200; i++) {
    const { status, metadata } = await client.get<TelestackProject>(projects, namespace, 'demo');
    const isDone = status?.phase === 'Ready' || status?.phase === 'Suspended';
    if (isDone && status?.observedGeneration === metadata.generation) return;
    await delay(100);
  }
  throw new Error(`${namespace}/demo does not get ready.`);
}

/** What is in a namespace, without what differs between projects; data with its uid. */
async function objectsIn(namespace: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const resource of KINDS) {
    const query = { labelSelector: MANAGED_SELECTOR };
    for (const { metadata, spec, data } of (await client.list<KubeObject>(resource, { namespace, query }))
      .items) {
      const isKept = KEPT.includes(resource.kind);
      const own = isKept ? [metadata.uid, data] : [metadata.labels, spec, data];
      found.set(`${resource.kind} ${metadata.name}`, comparable(own));
    }
  }
  return found;
}

/** As text, without names of namespaces, addresses, and hashes of secrets. */
function comparable(value: unknown): string {
  return JSON.stringify(value, (key, inner: unknown) =>
    /^telestack\.dev\/checksum$|^clusterIPs?$|^volumeName$|controller-uid$/.test(key) ? undefined : inner,
  ).replaceAll(/killed|reference/g, 'namespace');
}

async function install(): Promise<void> {
  const definition = projectDefinition();
  await client.request({
    method: 'PATCH',
    path: objectPath(resources.customResourceDefinition, undefined, definition.metadata.name),
    query: { fieldManager: 'kills', force: true },
    contentType: 'application/apply-patch+yaml',
    body: definition,
  });
  for (const name of ['killed', 'reference'])
    await client.create(resources.namespace, { metadata: { name } });
  for (let i = 0; i < 300; i++) {
    const isServed = await client.list(projects).then(
      () => true,
      () => false,
    );
    if (isServed) return;
    await delay(100);
  }
}
