import { hashOf, resources } from '@telestack/controller';
import type { TelestackProject } from '../api/project.ts';
import { credentialSecret } from './credentials.ts';
import { deployment } from './deployment.ts';
import { type Desired, desired } from './desired.ts';
import { fromSecret } from './environment.ts';
import type { Input } from './input.ts';
import { nameFor } from './names.ts';
import { componentPolicy, PORTS } from './network.ts';
import { containerResources, emptyDir, podTemplate, probes, RESTRICTED } from './pod.ts';
import { disruptionBudget, service, serviceAccount } from './shared.ts';

const USER_ID = 1000;

/** Channels over WebSocket. Rules decide who may subscribe: it asks the gateway. */
export function centrifugo(input: Input, image: string): Desired[] {
  const { project } = input;
  const settings = project.spec.centrifugo;
  if (!settings.enabled) return [];
  const component = 'centrifugo' as const;
  const secret = credentialSecret(project, 'centrifugo');
  const config = configuration(project);
  const template = podTemplate({
    project,
    component,
    userId: USER_ID,
    checksum: hashOf([
      config,
      input.checksumOf('Secret', secret),
      settings.redis === undefined ? '' : input.checksumOf('Secret', settings.redis.name),
    ]),
    nodeSelector: settings.nodeSelector,
    volumes: [{ name: 'config', configMap: { name: nameFor(project, component) } }, emptyDir('tmp')],
    containers: [
      {
        name: 'centrifugo',
        image,
        imagePullPolicy: project.spec.images.pullPolicy,
        command: ['centrifugo', '--config', '/etc/centrifugo/config.json'],
        env: [
          fromSecret('CENTRIFUGO_CLIENT_TOKEN_HMAC_SECRET_KEY', secret, 'tokenKey'),
          fromSecret('CENTRIFUGO_HTTP_API_KEY', secret, 'apiKey'),
          fromSecret('CENTRIFUGO_ADMIN_PASSWORD', secret, 'adminPassword'),
          fromSecret('CENTRIFUGO_ADMIN_SECRET', secret, 'adminSecret'),
          ...(settings.redis === undefined
            ? []
            : [fromSecret('CENTRIFUGO_ENGINE_REDIS_ADDRESS', settings.redis.name, settings.redis.key)]),
        ],
        ports: [{ name: 'main', containerPort: PORTS.centrifugo, protocol: 'TCP' }],
        ...probes({ httpGet: { path: '/health', port: PORTS.centrifugo } }),
        resources: containerResources(settings.resources),
        securityContext: RESTRICTED,
        volumeMounts: [
          { name: 'config', mountPath: '/etc/centrifugo', readOnly: true },
          { name: 'tmp', mountPath: '/tmp' },
        ],
      },
    ],
  });
  return [
    serviceAccount(project, component),
    componentPolicy(project, component, input.nats),
    disruptionBudget(project, component),
    desired(
      resources.configMap,
      { project, component },
      { data: { 'config.json': JSON.stringify(config, null, 2) } },
    ),
    service(project, component, PORTS.centrifugo),
    deployment(project, component, settings.replicas, template),
  ];
}

/** Centrifugo's own configuration, version 6; secrets come from the environment. */
function configuration(project: TelestackProject) {
  const proxy = (path: string) => ({ endpoint: `${gatewayUrl(project)}/centrifugo/${path}`, timeout: '5s' });
  const namespace = (name: string) => ({
    name,
    presence: true,
    history_size: 100,
    history_ttl: '300s',
    force_recovery: true,
    subscribe_proxy_enabled: true,
    sub_refresh_proxy_enabled: true,
  });
  return {
    http_server: { port: PORTS.centrifugo, address: '0.0.0.0' },
    health: { enabled: true },
    prometheus: { enabled: true },
    ...(project.spec.centrifugo.engine === 'Redis' ? { engine: { type: 'redis' } } : {}),
    client: { proxy: { refresh: { enabled: true, ...proxy('refresh') } } },
    channel: {
      proxy: { subscribe: proxy('subscribe'), sub_refresh: proxy('sub-refresh') },
      namespaces: ['document', 'collection', 'query', 'custom'].map(namespace),
    },
  };
}

/** Where the project's own parts reach its entry. */
export function gatewayUrl(project: TelestackProject): string {
  return `http://${nameFor(project, 'gateway')}:${PORTS.gateway}`;
}
