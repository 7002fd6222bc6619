import { resources } from '@telestack/controller';
import type { TelestackProject } from '../api/project.ts';
import { type Desired, desired } from './desired.ts';
import { nameFor } from './names.ts';
import { PORTS } from './network.ts';

const CHANNELS_PATH = '/connection/websocket';

/** The way in from outside of the cluster, where one is asked for. */
export function exposure(project: TelestackProject): Desired[] {
  const { ingress, gateway } = project.spec.exposure;
  if (ingress !== undefined) return [ingressObject(project, ingress)];
  if (gateway !== undefined) return [routeObject(project, gateway)];
  return [];
}

type Exposure = TelestackProject['spec']['exposure'];

function ingressObject(project: TelestackProject, settings: NonNullable<Exposure['ingress']>): Desired {
  const { className, host, tlsSecretName, annotations } = settings;
  const path = (route: string, service: string, number: number) => ({
    path: route,
    pathType: 'Prefix',
    backend: { service: { name: nameFor(project, service), port: { number } } },
  });
  const paths = [
    ...(project.spec.centrifugo.enabled ? [path(CHANNELS_PATH, 'centrifugo', PORTS.centrifugo)] : []),
    path('/', 'gateway', PORTS.gateway),
  ];
  return desired(
    resources.ingress,
    { project, annotations },
    {
      spec: {
        ...(className === undefined ? {} : { ingressClassName: className }),
        ...(tlsSecretName === undefined ? {} : { tls: [{ hosts: [host], secretName: tlsSecretName }] }),
        rules: [{ host, http: { paths } }],
      },
    },
  );
}

function routeObject(project: TelestackProject, settings: NonNullable<Exposure['gateway']>): Desired {
  const { host, parentName, parentNamespace, sectionName } = settings;
  const rule = (path: string, service: string, port: number) => ({
    matches: [{ path: { type: 'PathPrefix', value: path } }],
    backendRefs: [{ name: nameFor(project, service), port }],
  });
  return desired(
    resources.httpRoute,
    { project },
    {
      spec: {
        parentRefs: [
          {
            name: parentName,
            ...(parentNamespace === undefined ? {} : { namespace: parentNamespace }),
            ...(sectionName === undefined ? {} : { sectionName }),
          },
        ],
        hostnames: [host],
        rules: [
          ...(project.spec.centrifugo.enabled ? [rule(CHANNELS_PATH, 'centrifugo', PORTS.centrifugo)] : []),
          rule('/', 'gateway', PORTS.gateway),
        ],
      },
    },
  );
}
