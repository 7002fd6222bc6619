import { spec } from '../../src/api/project.ts';
import type { TelestackProject } from '../../src/index.ts';
import { type Plan, planProject } from '../../src/reconcile/plan.ts';
import { components } from '../../src/resources/components.ts';
import type { Desired } from '../../src/resources/desired.ts';
import { imagesFor } from '../../src/resources/images.ts';
import type { Input } from '../../src/resources/input.ts';
import { withInnerDefaults } from '../../src/schema/schema.ts';

const IMAGES = {
  services: 'telestack/telestack:1.0.0',
  postgresql: 'postgres:18',
  centrifugo: 'centrifugo:v6',
  supertokens: 'supertokens:11',
  minio: 'minio:1',
};

/** Specs that together use every part of the schema. */
export const SPECS: Readonly<Record<string, object>> = {
  'Compact, defaults': {},
  'Compact, as little as possible': {
    centrifugo: { enabled: false },
    supertokens: { enabled: false },
    storage: { enabled: false },
  },
  'Distributed, all parts': {
    topology: 'Distributed',
    services: {
      docstore: { autoscaling: { minReplicas: 1, maxReplicas: 3 }, nodeSelector: { disk: 'fast' } },
      gateway: { replicas: 3 },
    },
    postgresql: {
      managed: {
        replicas: 2,
        storage: { size: '20Gi', storageClassName: 'fast' },
        backup: { schedule: '0 3 * * *', bucket: { name: 'backups' } },
      },
    },
    centrifugo: { replicas: 2, engine: 'Redis', redis: { name: 'redis' } },
    auth: {
      anonymousAccess: true,
      providers: [{ name: 'google', clientId: 'id', clientSecretRef: { name: 'google' } }],
    },
    exposure: {
      ingress: { host: 'a.example.com', className: 'nginx', tlsSecretName: 'tls', annotations: { a: 'b' } },
    },
    images: { pullSecrets: [{ name: 'pull' }] },
    observability: { otlpEndpoint: 'http://otel:4318' },
    restoreFrom: { bucket: { name: 'backups' } },
  },
  ...Object.fromEntries(
    ['Compact', 'Distributed'].map((topology) => [
      `${topology}, all external`,
      {
        topology,
        postgresql: { external: { urlSecretRef: { name: 'database' } } },
        supertokens: { external: { uri: 'https://st.example.com', apiKey: { name: 'st' } } },
        storage: {
          external: {
            endpoint: 'https://s3.example.com',
            publicEndpoint: 'https://files.example.com',
            addressStyle: 'Host',
            bucketPrefix: 'a-',
            credentials: { name: 's3' },
          },
        },
        nats: { urlSecretRef: { name: 'nats' } },
        exposure: { gateway: { host: 'a.example.com', parentName: 'public', parentNamespace: 'gateways' } },
      },
    ]),
  ),
};

/** A project as the API server hands it out, with its defaults. */
export function projectOf(given: object, name = 'demo'): TelestackProject {
  return {
    apiVersion: 'telestack.dev/v1alpha1',
    kind: 'TelestackProject',
    metadata: { name, namespace: 'apps', uid: '00000000-0000-0000-0000-000000000000', generation: 1 },
    spec: withInnerDefaults(spec.json, given) as TelestackProject['spec'],
  };
}

/** All objects of a project whose parts are all ready. */
/** What the desired state of a project with this spec is computed from. */
export function inputOf(given: object): Input {
  const project = projectOf(given);
  return {
    project,
    images: imagesFor(project.spec, IMAGES),
    nats: { host: 'nats.telestack.svc', port: 4222, namespace: 'telestack' },
    checksumOf: () => 'x',
    databaseFiles: { 'databases.json': '[]' },
    templateSizeOf: () => undefined,
  };
}

export function objectsOf(given: object): Desired[] {
  const input = inputOf(given);
  const { images } = input;
  const states = new Map(
    components.map(({ name, image }) => [
      name,
      {
        image: images[image],
        applied: undefined,
        startTime: undefined,
        wanted: 1,
        ready: 1,
        progress: '',
        isSettled: true,
        failure: undefined,
      },
    ]),
  );
  const plan: Plan = planProject(input, states, []);
  return [...plan.shared, ...plan.components.flatMap(({ objects }) => objects)];
}
