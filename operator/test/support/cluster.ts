import { type ApiClient, type KubeObject, objectPath, resources } from '@telestack/controller';
import { connect, createNamespace, loadConfig } from '@telestack/kubekit';
import { eventually, startKubernetes } from '@telestack/testkit';
import {
  createOperator,
  type Operator,
  type OperatorOptions,
  projectDefinition,
  projects,
  type TelestackProject,
} from '../../src/index.ts';

export const IMAGES = {
  services: 'telestack/telestack:1.0.0',
  postgresql: 'postgres:18',
  centrifugo: 'centrifugo:v6',
  supertokens: 'supertokens:11',
  minio: 'minio:1',
};

/** The shared control plane with the custom resource, or undefined where there is none. */
export async function testCluster() {
  const kubeconfig = await startKubernetes();
  if (kubeconfig === undefined) return undefined;
  const client = connect(kubeconfig);
  await installDefinition(client);
  return { client, kubeconfig };
}
export type Cluster = NonNullable<Awaited<ReturnType<typeof testCluster>>>;

export async function installDefinition(client: ApiClient): Promise<void> {
  const definition = projectDefinition();
  await client.request({
    method: 'PATCH',
    path: objectPath(resources.customResourceDefinition, undefined, definition.metadata.name),
    query: { fieldManager: 'test', force: true },
    contentType: 'application/apply-patch+yaml',
    body: definition,
  });
  await eventually(() => client.list(projects), 20_000);
}

/** An operator for one namespace, in this process. */
export async function runOperator(
  { kubeconfig }: Cluster,
  namespace: string,
  options: Partial<OperatorOptions> = {},
): Promise<Operator & AsyncDisposable & { stop(): Promise<void> }> {
  const operator = await createOperator({
    config: loadConfig(kubeconfig),
    namespace,
    images: IMAGES,
    nats: { host: 'nats.telestack', port: 4222, namespace: 'telestack' },
    maxBackoffMs: 1_000,
    log: (message, error) => {
      if (process.env.TESTKIT_LOG)
        console.error(message, error instanceof Error ? error.message : (error ?? ''));
    },
    ...options,
  });
  const end = new AbortController();
  const running = operator.run(end.signal);
  const stop = async () => {
    end.abort();
    await running;
  };
  return Object.assign(operator, { stop, [Symbol.asyncDispose]: stop });
}

/** As few parts as a project can have: quick to start. */
export const SMALL = {
  centrifugo: { enabled: false },
  supertokens: { enabled: false },
  storage: { enabled: false },
};

/** A namespace, an operator for it, and shorthands for what tests do there. */
export async function playground(cluster: Cluster, options: Partial<OperatorOptions> = {}) {
  const namespace = await createNamespace(cluster.client, 'op');
  const operator = await runOperator(cluster, namespace.name, options);
  const { client } = cluster;
  return {
    ...cluster,
    operator,
    namespace: namespace.name,
    create: (name: string, spec: object = SMALL) =>
      client.create<TelestackProject>(projects, {
        metadata: { name, namespace: namespace.name },
        spec,
      } as never),
    patch: (name: string, patch: object) =>
      client.merge<TelestackProject>(projects, namespace.name, name, patch),
    project: (name: string) => client.get<TelestackProject>(projects, namespace.name, name),
    get: <T extends KubeObject>(resource: Parameters<ApiClient['get']>[0], name: string) =>
      client.get<T>(resource, namespace.name, name),
    async [Symbol.asyncDispose]() {
      await operator.stop();
      await namespace[Symbol.asyncDispose]();
    },
  };
}
export type Playground = Awaited<ReturnType<typeof playground>>;

/** The project's condition of this type, as "True", or "False Reason: message". */
export function conditionOf(project: TelestackProject, type = 'Ready'): string {
  const found = project.status?.conditions?.find((it) => it.type === type);
  if (found === undefined) return 'missing';
  return found.status === 'True' ? 'True' : `${found.status} ${found.reason}: ${found.message}`;
}

/** Waits until the project is ready for its newest spec. */
export async function ready(place: Playground, name: string, timeoutMs = 20_000): Promise<TelestackProject> {
  return eventually(async () => {
    const project = await place.project(name);
    const state = conditionOf(project);
    if (state !== 'True' || project.status?.observedGeneration !== project.metadata.generation)
      throw new Error(
        `${state}\n${project.status?.conditions?.map((it) => `${it.type} ${it.status} ${it.message}`).join('\n')}`,
      );
    return project;
  }, timeoutMs);
}
