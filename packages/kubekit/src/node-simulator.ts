import {
  type ApiClient,
  Informer,
  isNotFound,
  type KubeObject,
  objectPath,
  resources,
} from '@telestack/controller';

interface Pod extends KubeObject {
  spec: {
    nodeName?: string;
    containers: { name: string; image: string }[];
    initContainers?: { name: string; image: string }[];
  };
  status?: { phase?: string };
}

const PREFIX = 'simulated-';
const HEARTBEAT_MS = 10_000;
const LEASES = 'kube-node-lease';
/** An image that cannot be pulled: its pods never get ready. */
const BROKEN = /:broken/;

/**
 * Does what kubelets do, without processes: keeps nodes alive, says that the pods on them run and are ready, that those of jobs have succeeded, and
 * lets go of those that are deleted.
 */
export function startNodeSimulator(
  client: ApiClient,
  log: (line: string) => void,
): { stop(): Promise<void> } {
  const complain = (what: string) => (error: unknown) => {
    if (!isNotFound(error)) log(`${what}: ${String(error)}`);
  };
  const nodes = new Informer<KubeObject>({ client, resource: resources.node });
  nodes.addHandler(({ type, object }) => {
    if (type === 'add' && isSimulated(object.metadata.name))
      makeReady(client, object).catch(complain(`Node ${object.metadata.name}`));
  });
  const pods = new Informer<Pod>({ client, resource: resources.pod, fieldSelector: 'spec.nodeName!=' });
  pods.addHandler(({ type, object }) => {
    if (type !== 'delete' && isSimulated(object.spec.nodeName ?? ''))
      serve(client, object).catch(complain(`Pod ${object.metadata.name}`));
  });
  const heartbeat = setInterval(() => {
    for (const { metadata } of nodes.store.values())
      if (isSimulated(metadata.name))
        renewLease(client, metadata.name).catch(complain(`Lease of ${metadata.name}`));
  }, HEARTBEAT_MS);
  nodes.start();
  pods.start();
  return {
    async stop() {
      clearInterval(heartbeat);
      await Promise.all([nodes.stop(), pods.stop()]);
    },
  };
}

function isSimulated(node: string): boolean {
  return node.startsWith(PREFIX);
}

async function makeReady(client: ApiClient, { metadata }: KubeObject): Promise<void> {
  await renewLease(client, metadata.name);
  const now = new Date().toISOString();
  const condition = {
    lastHeartbeatTime: now,
    lastTransitionTime: now,
    reason: 'Simulated',
    message: 'simulated',
  };
  const conditions = [
    { type: 'Ready', status: 'True', ...condition },
    ...['MemoryPressure', 'DiskPressure', 'PIDPressure'].map((type) => ({
      type,
      status: 'False',
      ...condition,
    })),
  ];
  await client.merge(
    resources.node,
    undefined,
    metadata.name,
    { status: { conditions } },
    { subresource: 'status' },
  );
}

async function renewLease(client: ApiClient, name: string): Promise<void> {
  await client.request({
    method: 'PATCH',
    path: objectPath(resources.lease, LEASES, name),
    query: { fieldManager: 'node-simulator', force: true },
    contentType: 'application/apply-patch+yaml',
    body: {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name, namespace: LEASES },
      spec: {
        holderIdentity: name,
        leaseDurationSeconds: 40,
        renewTime: new Date().toISOString().replace('Z', '000Z'),
      },
    },
  });
}

async function serve(client: ApiClient, { metadata, spec, status }: Pod): Promise<void> {
  const { namespace, name, uid } = metadata;
  if (metadata.deletionTimestamp !== undefined) {
    const path = objectPath(resources.pod, namespace, name);
    await client.request({ method: 'DELETE', path, body: { gracePeriodSeconds: 0, preconditions: { uid } } });
    return;
  }
  if (status?.phase !== undefined && status.phase !== 'Pending') return;
  const next = statusOf(spec, metadata.ownerReferences?.[0]?.kind === 'Job');
  if (next.phase === 'Pending' && (status as { containerStatuses?: unknown }).containerStatuses !== undefined)
    return;
  await client.merge(resources.pod, namespace, name, { status: next }, { subresource: 'status' });
}

function statusOf({ containers, initContainers = [] }: Pod['spec'], isJob: boolean) {
  const now = new Date().toISOString();
  const isBroken = containers.some(({ image }) => BROKEN.test(image));
  const done = { terminated: { exitCode: 0, reason: 'Completed', startedAt: now, finishedAt: now } };
  const running = { running: { startedAt: now } };
  const waiting = { waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image' } };
  const container = ({ name, image }: { name: string; image: string }, state: object, ready: boolean) => ({
    name,
    image,
    imageID: image,
    containerID: `simulated://${name}`,
    ready,
    started: ready,
    restartCount: 0,
    state,
  });
  const isReady = !isBroken && !isJob;
  const condition = (type: string, is: boolean) => ({
    type,
    status: is ? 'True' : 'False',
    lastTransitionTime: now,
  });
  return {
    phase: isBroken ? 'Pending' : isJob ? 'Succeeded' : 'Running',
    startTime: now,
    podIP: '10.1.0.1',
    podIPs: [{ ip: '10.1.0.1' }],
    conditions: [
      condition('PodScheduled', true),
      condition('Initialized', true),
      condition('ContainersReady', isReady),
      condition('Ready', isReady),
    ],
    initContainerStatuses: initContainers.map((it) => container(it, done, true)),
    containerStatuses: containers.map((it) =>
      container(it, isBroken ? waiting : isJob ? done : running, isReady),
    ),
  };
}
