import type { V1EnvVar } from '@kubernetes/client-node';
import { hashOf } from '@telestack/controller';
import type { TelestackProject } from '../api/project.ts';
import { credentialSecret } from './credentials.ts';
import { deployment } from './deployment.ts';
import type { Desired } from './desired.ts';
import { fromSecret, value } from './environment.ts';
import type { Input } from './input.ts';
import { nameFor } from './names.ts';
import { componentPolicy, PORTS } from './network.ts';
import { containerResources, emptyDir, podTemplate, probes, RESTRICTED } from './pod.ts';
import { primaryHost } from './postgresql.ts';
import { disruptionBudget, service, serviceAccount } from './shared.ts';

const USER_ID = 1000;

/** SuperTokens Core, with a database of its own in the project's PostgreSQL. */
export function supertokens(input: Input, image: string): Desired[] {
  const { project } = input;
  const { managed, enabled } = project.spec.supertokens;
  if (!enabled || managed === undefined) return [];
  const component = 'supertokens' as const;
  const own = credentialSecret(project, 'supertokens');
  const database = credentialSecret(project, 'postgresql');
  const template = podTemplate({
    project,
    component,
    userId: USER_ID,
    checksum: hashOf([input.checksumOf('Secret', own), input.checksumOf('Secret', database)]),
    nodeSelector: managed.nodeSelector,
    volumes: [emptyDir('tmp'), emptyDir('temp'), emptyDir('logs')],
    containers: [
      {
        name: 'supertokens',
        image,
        imagePullPolicy: project.spec.images.pullPolicy,
        env: [
          fromSecret('POSTGRESQL_PASSWORD', database, 'supertokens'),
          value('POSTGRESQL_USER', 'supertokens'),
          value('POSTGRESQL_HOST', primaryHost(project)),
          value('POSTGRESQL_PORT', PORTS.postgresql),
          value('POSTGRESQL_DATABASE_NAME', 'supertokens'),
          fromSecret('API_KEYS', own, 'apiKey'),
          value('SUPERTOKENS_PORT', PORTS.supertokens),
          value('DISABLE_TELEMETRY', 'true'),
        ],
        ports: [{ name: 'main', containerPort: PORTS.supertokens, protocol: 'TCP' }],
        ...probes({ httpGet: { path: '/hello', port: PORTS.supertokens } }),
        resources: containerResources(managed.resources),
        securityContext: RESTRICTED,
        volumeMounts: [
          { name: 'tmp', mountPath: '/tmp' },
          { name: 'temp', mountPath: '/lib/supertokens/temp' },
          { name: 'logs', mountPath: '/lib/supertokens/logs' },
        ],
      },
    ],
  });
  return [
    serviceAccount(project, component),
    componentPolicy(project, component, input.nats),
    disruptionBudget(project, component),
    service(project, component, PORTS.supertokens),
    deployment(project, component, managed.replicas, template),
  ];
}

/** Where SuperTokens is, for the identity service. */
export function supertokensEnvironment(project: TelestackProject): V1EnvVar[] {
  const { enabled, managed, external } = project.spec.supertokens;
  if (!enabled) return [];
  if (managed !== undefined) {
    return [
      value('SUPERTOKENS_URI', `http://${nameFor(project, 'supertokens')}:${PORTS.supertokens}`),
      fromSecret('SUPERTOKENS_API_KEY', credentialSecret(project, 'supertokens'), 'apiKey'),
    ];
  }
  if (external === undefined) return [];
  const { uri, apiKey } = external;
  return [
    value('SUPERTOKENS_URI', uri),
    ...(apiKey === undefined ? [] : [fromSecret('SUPERTOKENS_API_KEY', apiKey.name, apiKey.key)]),
  ];
}
