// Many projects on a real API server with simulated nodes: do they converge, is the steady state quiet, is a change quick, does memory stay flat,
// and do an API server's restart and expired watches matter? `node operator/scale/projects.ts --projects 500 --minutes 30`; --short: 40 projects,
// one minute.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Informer, type KubeObject, objectPath, resources } from '@telestack/controller';
import { buildBinaries, connect, startSimulatedCluster } from '@telestack/kubekit';
import { freePort } from '@telestack/launch';
import { projectDefinition, projects, type TelestackProject } from '../src/index.ts';
import { OperatorProcess } from '../test/support/operator-process.ts';

const { values: flags } = parseArgs({
  options: {
    projects: { type: 'string', default: '500' },
    minutes: { type: 'string', default: '30' },
    rate: { type: 'string', default: '2' },
    short: { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (flags.help) {
  console.log(
    '--projects N   --minutes N (of churn)   --rate N (changes a second)   --short   --full (projects with all parts; default: PostgreSQL and services)',
  );
  process.exit(0);
}
const count = flags.short ? 40 : Number(flags.projects);
const churnMs = (flags.short ? 1 : Number(flags.minutes)) * 60_000;
const pauseMs = 1_000 / Number(flags.rate);
const steadyMs = flags.short ? 15_000 : 200_000;
const SMALL = {
  centrifugo: { enabled: false },
  supertokens: { enabled: false },
  storage: { enabled: false },
};
const spec = flags.full ? {} : SMALL;
const NAMESPACES = 10;

const startedAt = performance.now();
/** Knows when this process stood still, on a machine that is shared. */
const stalls = watchStalls();
const say = (line: string) =>
  console.log(`${((performance.now() - startedAt) / 1_000).toFixed(1).padStart(8)}  ${line}`);
const namespaceOf = (i: number) => `scale-${i % NAMESPACES}`;
const nameOf = (i: number) => `p${i}`;
const failures: string[] = [];
const judge = (isGood: boolean, what: string) => {
  say(`${isGood ? 'ok    ' : 'FAILED'} ${what}`);
  if (!isGood) failures.push(what);
};

const folder = mkdtempSync(join(tmpdir(), 'telestack-scale-'));
mkdirSync(folder, { recursive: true });
const cluster = await startSimulatedCluster({
  folder,
  binaries: await buildBinaries(say),
  log: (line) => {
    if (process.env.SCALE_LOG) say(line);
  },
  nodes: 20,
});
const client = connect(cluster.kubeconfig);
const operatorPort = await freePort();
let operator: OperatorProcess | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void end().then(() => process.exit(130)));
try {
  await run();
} finally {
  await end();
}
process.exitCode = failures.length === 0 ? 0 : 1;

async function end(): Promise<void> {
  await operator?.signal('SIGKILL');
  if (failures.length > 0) console.log(lastErrors());
  client.close();
  await cluster.stop();
  rmSync(folder, { recursive: true, force: true });
}

function startOperator(): void {
  operator = new OperatorProcess({
    kubeconfig: cluster.kubeconfig,
    port: operatorPort,
    logFile: join(folder, 'operator.log'),
    // It is frozen for longer than a lease lasts.
    env: { LEADER_ELECTION: 'false' },
  });
}

async function run(): Promise<void> {
  await install();
  const watcher = new Informer<TelestackProject>({ client, resource: projects });
  const deployments = new Informer<KubeObject>({ client, resource: resources.deployment });
  watcher.start();
  deployments.start();
  const readyCount = () =>
    [...watcher.store.values()].filter(
      ({ status, metadata }) =>
        status?.phase === 'Ready' && status.observedGeneration === metadata.generation,
    ).length;

  startOperator();
  await operator!.ready();
  say(`operator runs, ${operator!.memory().toFixed(0)} MB`);

  const begin = performance.now();
  for (let from = 0; from < count; from += 20) {
    const batch = Array.from({ length: Math.min(20, count - from) }, (_, k) => from + k);
    await Promise.all(
      batch.map((i) =>
        client.create(projects, { metadata: { name: nameOf(i), namespace: namespaceOf(i) }, spec }),
      ),
    );
  }
  say(`${count} projects created`);
  await until(
    () => readyCount() === count,
    1_800_000,
    () => `${readyCount()} ready`,
  );
  const counts = await operator!.counts();
  say(
    `${count} projects ready after ${((performance.now() - begin) / 1_000).toFixed(1)} s: ${counts.writes} objects written, ${counts.requests} requests, ${counts.reconciles} reconciliations, ${counts.cpuSeconds.toFixed(0)} s CPU, ${operator!.memory().toFixed(0)} MB`,
  );
  await quiet();

  const before = await operator!.counts();
  await delay(steadyMs);
  const after = await operator!.counts();
  const perMinute = ((after.requests - before.requests) / count / steadyMs) * 60_000;
  judge(
    after.writes === before.writes,
    `steady state: ${after.writes - before.writes} writes in ${steadyMs / 1_000} s`,
  );
  judge(perMinute < 1, `steady state: ${perMinute.toFixed(3)} requests a project and minute`);

  for (const step of [changes, restartOperator, restartApiServer, changes, expireWatches, changes, churn])
    await step().catch((error: unknown) => judge(false, `${step.name}: ${String(error)}`));
  await Promise.all([watcher.stop(), deployments.stop()]);

  async function changes(): Promise<void> {
    const times: number[] = [];
    let discarded = 0;
    while (times.length < 20 && discarded < 100) {
      const i = Math.floor(Math.random() * count);
      const key = `${namespaceOf(i)}/${nameOf(i)}-compact`;
      const current = (deployments.store.get(key)!.spec as { replicas: number }).replicas;
      const replicas = (current % 3) + 1;
      const sentAt = performance.now();
      const arrived = new Promise<void>((resolve) => {
        const off = deployments.addHandler(({ object }) => {
          if (`${object.metadata.namespace}/${object.metadata.name}` !== key) return;
          if ((object.spec as { replicas: number }).replicas !== replicas) return;
          queueMicrotask(() => off());
          resolve();
        });
      });
      await client.merge(projects, namespaceOf(i), nameOf(i), {
        spec: { services: { compact: { replicas } } },
      });
      await Promise.race([arrived, delay(30_000)]);
      // While this process itself got no CPU, nothing was measured.
      if (stalls.since(sentAt)) discarded++;
      else times.push(performance.now() - sentAt);
    }
    const slowest = times.indexOf(Math.max(...times));
    times.sort((a, b) => a - b);
    judge(
      times.at(-1)! < 1_000,
      `one change: p50 ${times[10]!.toFixed(0)} ms, max ${times.at(-1)!.toFixed(0)} ms (the ${slowest + 1}th of ${times.length}; ${discarded} more while the machine stood still)`,
    );
    await until(
      () => readyCount() === count,
      120_000,
      () => `${readyCount()} ready`,
    );
  }

  /** A new process has to look at everything, and finds nothing to do. */
  async function restartOperator(): Promise<void> {
    await quiet();
    await operator!.signal('SIGTERM');
    const begin = performance.now();
    startOperator();
    await operator!.ready();
    await until(
      async () => (await operator!.counts()).reconciles >= count,
      120_000,
      () => 'all looked at',
    );
    const seconds = (performance.now() - begin) / 1_000;
    await quiet();
    const { writes, requests, lists } = await operator!.counts();
    judge(
      writes === 0,
      `operator restart: all looked at after ${seconds.toFixed(1)} s; ${writes} writes, ${requests} requests, ${lists} lists`,
    );
  }

  async function restartApiServer(): Promise<void> {
    await quiet();
    const was = await operator!.counts();
    await cluster.controlPlane.apiServer.stop();
    await delay(3_000);
    await cluster.controlPlane.apiServer.start('brutal');
    await until(
      async () => (await operator!.counts()).requests >= was.requests,
      60_000,
      () => 'metrics',
    );
    await delay(20_000);
    const now = await operator!.counts();
    // Status may have to follow what pods did meanwhile; objects may not be written.
    judge(
      now.writes === was.writes,
      `API server restart: ${now.writes - was.writes} writes, ${now.requests - was.requests} requests, ${now.lists - was.lists} lists`,
    );
  }

  /** The operator is away while projects change, and when it comes back the server no longer knows the versions that it has seen. */
  async function expireWatches(): Promise<void> {
    await quiet();
    const was = await operator!.counts();
    await operator!.signal('SIGSTOP');
    const changed = Array.from({ length: 10 }, (_, k) => (k * 37) % count);
    for (const i of changed)
      await client.merge(projects, namespaceOf(i), nameOf(i), {
        spec: { observability: { otlpEndpoint: 'http://otel:4318' } },
      });
    await cluster.controlPlane.apiServer.stop();
    await cluster.controlPlane.compact();
    await cluster.controlPlane.apiServer.start('brutal');
    await operator!.signal('SIGCONT');
    const begin = performance.now();
    const isDone = () =>
      changed.every((i) => {
        const { status, metadata } = watcher.store.get(`${namespaceOf(i)}/${nameOf(i)}`)!;
        return (
          status?.phase === 'Ready' &&
          status.observedGeneration === metadata.generation &&
          metadata.generation! > 1
        );
      });
    await until(isDone, 120_000, () => 'changes made meanwhile');
    const seconds = (performance.now() - begin) / 1_000;
    const now = await operator!.counts();
    judge(
      now.lists > was.lists,
      `expired watches: ${now.lists - was.lists} lists, ${now.writes - was.writes} writes; what had changed was done after ${seconds.toFixed(1)} s`,
    );
  }

  async function churn(): Promise<void> {
    const end = performance.now() + churnMs;
    const samples: { atMs: number; mb: number }[] = [];
    let changed = 0;
    while (performance.now() < end) {
      if (changed % 20 === 19) await comeAndGo(changed);
      else {
        const i = Math.floor(Math.random() * count);
        await client.merge(projects, namespaceOf(i), nameOf(i), {
          spec: { services: { compact: { replicas: 1 + Math.floor(Math.random() * 3) } } },
        });
      }
      changed++;
      if (changed % 30 === 0) samples.push({ atMs: performance.now(), mb: operator!.memory() });
      if (changed % 600 === 0) say(`  ${changed} changes, ${operator!.memory().toFixed(0)} MB`);
      await delay(pauseMs);
    }
    const third = Math.max(1, Math.floor(samples.length / 3));
    const mean = (list: typeof samples) => list.reduce((sum, { mb }) => sum + mb, 0) / list.length;
    const [early, late] = [mean(samples.slice(0, third)), mean(samples.slice(-third))];
    judge(
      late < early * 1.15 + 20,
      `${changed} changes in ${(churnMs / 60_000).toFixed(0)} min: ${early.toFixed(0)} MB in the first third, ${late.toFixed(0)} MB in the last, ${Math.max(...samples.map(({ mb }) => mb)).toFixed(0)} MB at most`,
    );
    await until(
      () => readyCount() === watcher.store.size,
      300_000,
      () => `${readyCount()} of ${watcher.store.size} ready`,
    );
    judge(true, 'all ready after the churn');
  }

  /** A project that is made, and the one before it deleted with all that it had. */
  async function comeAndGo(n: number): Promise<void> {
    const metadata = { name: `guest-${n}`, namespace: namespaceOf(0) };
    await client.create(projects, { metadata, spec: { ...spec, deletionPolicy: 'Delete' } });
    for (const { metadata: guest } of watcher.store.values())
      if (
        guest.name.startsWith('guest-') &&
        guest.name !== metadata.name &&
        guest.deletionTimestamp === undefined
      )
        await client.delete(projects, guest.namespace, guest.name);
  }
}

function watchStalls() {
  let last = performance.now();
  let stalledAt = 0;
  setInterval(() => {
    const now = performance.now();
    if (now - last > 300) stalledAt = now;
    last = now;
  }, 20).unref();
  return { since: (at: number) => stalledAt > at };
}

/** What the operator complained of last. */
function lastErrors(): string {
  const lines = readFileSync(join(folder, 'operator.log'), 'utf8').split('\n');
  return lines
    .filter((line) => line.includes('"ERROR"'))
    .slice(-20)
    .map((line) => line.slice(0, 300))
    .join('\n');
}

async function install(): Promise<void> {
  const definition = projectDefinition();
  await client.request({
    method: 'PATCH',
    path: objectPath(resources.customResourceDefinition, undefined, definition.metadata.name),
    query: { fieldManager: 'scale', force: true },
    contentType: 'application/apply-patch+yaml',
    body: definition,
  });
  for (let i = 0; i < NAMESPACES; i++)
    await client.create(resources.namespace, { metadata: { name: `scale-${i}` } });
  await until(
    () =>
      client.list(projects).then(
        () => true,
        () => false,
      ),
    30_000,
    () => 'the definition',
  );
}

/** Waits until the operator has had nothing to do for a while. */
async function quiet(): Promise<void> {
  let last = -1;
  for (let i = 0; i < 120; i++) {
    const { reconciles } = await operator!.counts();
    if (reconciles === last) return;
    last = reconciles;
    await delay(3_000);
  }
  failures.push('the operator does not come to rest');
}

async function until(
  check: () => boolean | Promise<boolean>,
  timeoutMs: number,
  state: () => string,
): Promise<void> {
  const end = performance.now() + timeoutMs;
  let told = performance.now();
  while (!(await check())) {
    if (performance.now() > end) throw new Error(`Not so after ${timeoutMs / 1_000} s: ${state()}`);
    if (performance.now() - told > 15_000) {
      told = performance.now();
      say(`  ${state()}`);
    }
    await delay(100);
  }
}
