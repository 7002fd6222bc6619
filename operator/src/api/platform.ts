import { atMostOne } from '../schema/rules.ts';
import { choice, list, map, object, optional, text, withDefault } from '../schema/schema.ts';
import { nameOf, secretKeyRef } from './common.ts';

const hostname = (description: string) =>
  text(description, {
    pattern: '^(\\*\\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$',
    maxLength: 253,
  });

export const exposure = withDefault(
  object(
    'How clients outside of the cluster reach the project.',
    {
      ingress: optional(
        object('By an Ingress.', {
          className: optional(nameOf('IngressClass')),
          host: hostname('Host name of the project.'),
          tlsSecretName: optional(nameOf('Secret with the certificate')),
          annotations: optional(map('Annotations for the Ingress.', text('Value.', { maxLength: 4_096 }))),
        }),
      ),
      gateway: optional(
        object('By an HTTPRoute of the Gateway API.', {
          host: hostname('Host name of the project.'),
          parentName: nameOf('Gateway'),
          parentNamespace: optional(nameOf('namespace of the Gateway')),
          sectionName: optional(text('Listener of the Gateway.', { maxLength: 253 })),
        }),
      ),
    },
    [atMostOne('ingress', 'gateway')],
  ),
  {},
);

const image = (what: string) =>
  optional(text(`Image of ${what}.`, { pattern: '^[a-zA-Z0-9][a-zA-Z0-9._:/@-]*$', maxLength: 512 }));

export const images = withDefault(
  object('Images; those of the operator’s release if not given.', {
    pullPolicy: withDefault(
      choice('When they are pulled.', ['IfNotPresent', 'Always', 'Never']),
      'IfNotPresent',
    ),
    pullSecrets: withDefault(
      list('Secrets to pull them with.', object('A Secret.', { name: nameOf('Secret') }), { keys: ['name'] }),
      [],
    ),
    services: image('the Telestack services'),
    postgresql: image('PostgreSQL'),
    centrifugo: image('Centrifugo'),
    supertokens: image('SuperTokens Core'),
    minio: image('MinIO, or of another S3 server with its command line'),
  }),
  {},
);

export const observability = withDefault(
  object('Telemetry.', {
    otlpEndpoint: optional(
      text('Where services will send traces and metrics; none does yet. Opens the way out of the cluster.', {
        pattern: '^https?://',
      }),
    ),
  }),
  {},
);

export const nats = withDefault(
  object('JetStream; that of the installation if not given.', {
    urlSecretRef: optional(secretKeyRef('URL of another NATS, with credentials.', 'url')),
  }),
  {},
);
