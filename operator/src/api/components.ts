import { exactlyOne, whenEnabled } from '../schema/rules.ts';
import {
  choice,
  flag,
  type Infer,
  integer,
  list,
  object,
  optional,
  text,
  withDefault,
} from '../schema/schema.ts';
import { nodeSelector, replicas, resourceNeeds, secretKeyRef, secretRef, volume } from './common.ts';

const autoscaling = object(
  'Let the number of pods follow their load.',
  {
    minReplicas: withDefault(integer('Least number of pods.', { minimum: 1, maximum: 100 }), 2),
    maxReplicas: integer('Greatest number of pods.', { minimum: 1, maximum: 100 }),
    targetCPUUtilization: withDefault(
      integer('Share of the requested CPU that is aimed at, in percent.', { minimum: 10, maximum: 100 }),
      75,
    ),
  },
  [{ rule: 'self.minReplicas <= self.maxReplicas', message: 'minReplicas must not exceed maxReplicas' }],
);

const workload = (
  description: string,
  requests: { cpu: string; memory: string },
  limits: { memory: string },
) =>
  withDefault(
    object(description, {
      replicas: replicas(1),
      resources: resourceNeeds(requests, limits),
      autoscaling: optional(autoscaling),
      nodeSelector,
    }),
    {},
  );
export type Workload = Infer<ReturnType<typeof workload>>;

export const services = withDefault(
  object('The Telestack services.', {
    compact: workload(
      'All services in one process, where the topology is Compact.',
      { cpu: '250m', memory: '512Mi' },
      { memory: '1Gi' },
    ),
    gateway: workload('The entry of all clients.', { cpu: '100m', memory: '192Mi' }, { memory: '512Mi' }),
    docstore: workload('Reads, writes and rules.', { cpu: '250m', memory: '256Mi' }, { memory: '1Gi' }),
    identity: workload('Sign-in and tokens.', { cpu: '100m', memory: '192Mi' }, { memory: '512Mi' }),
    realtimeBridge: workload('Live queries.', { cpu: '100m', memory: '256Mi' }, { memory: '1Gi' }),
    storage: workload('Files.', { cpu: '100m', memory: '192Mi' }, { memory: '512Mi' }),
  }),
  {},
);

const enabled = withDefault(flag('Whether the project has it.'), true);

export const centrifugo = withDefault(
  object(
    'A server for channels and presence over WebSocket. No service publishes to it yet.',
    {
      enabled,
      replicas: replicas(1),
      engine: withDefault(
        choice('Where channels live: more than one pod need Redis.', ['Memory', 'Redis']),
        'Memory',
      ),
      redis: optional(secretKeyRef('URL of the Redis.', 'url')),
      resources: resourceNeeds({ cpu: '50m', memory: '64Mi' }, { memory: '512Mi' }),
      nodeSelector,
    },
    [
      {
        rule: "self.replicas == 1 || self.engine == 'Redis'",
        message: 'more than one replica needs the engine Redis',
      },
      {
        rule: "has(self.redis) == (self.engine == 'Redis')",
        message: 'redis must be set for the engine Redis, and only for it',
      },
    ],
  ),
  {},
);

export const supertokens = withDefault(
  object(
    'Identity: sign-up, sign-in, sessions.',
    {
      enabled,
      managed: optional(
        object('A SuperTokens Core of the project’s own, with a database in its PostgreSQL.', {
          replicas: replicas(1),
          resources: resourceNeeds({ cpu: '100m', memory: '512Mi' }, { memory: '1Gi' }),
          nodeSelector,
        }),
      ),
      external: optional(
        object('A SuperTokens Core that is there.', {
          uri: text('Its URL.', { pattern: '^https?://' }),
          apiKey: optional(secretKeyRef('Its API key.', 'apiKey')),
        }),
      ),
    },
    [whenEnabled(exactlyOne('managed', 'external'))],
  ),
  { managed: {} },
);

export const storage = withDefault(
  object(
    'Files, kept in an S3 service.',
    {
      enabled,
      managed: optional(
        object('A MinIO of the project’s own.', {
          storage: volume('10Gi'),
          resources: resourceNeeds({ cpu: '100m', memory: '256Mi' }, { memory: '1Gi' }),
          nodeSelector,
        }),
      ),
      external: optional(
        object('An S3 service that is there.', {
          endpoint: text('Its URL.', { pattern: '^https?://' }),
          region: withDefault(text('Region.', { maxLength: 64 }), 'us-east-1'),
          publicEndpoint: optional(
            text('The same as clients reach it, for presigned URLs.', { pattern: '^https?://' }),
          ),
          addressStyle: withDefault(
            choice('Where requests name the bucket: AWS wants the host, most others the path.', [
              'Path',
              'Host',
            ]),
            'Path',
          ),
          bucketPrefix: withDefault(
            text('Put before bucket names, which all customers of a public service share.', {
              maxLength: 40,
            }),
            '',
          ),
          credentials: secretRef('A Secret with accessKeyId and secretAccessKey.'),
        }),
      ),
    },
    [whenEnabled(exactlyOne('managed', 'external'))],
  ),
  { managed: {} },
);

const provider = object('A third party that says who somebody is.', {
  name: choice('Which one.', ['google', 'github', 'apple', 'facebook', 'microsoft', 'twitter', 'oidc']),
  clientId: text('Our id at it.', { minLength: 1 }),
  clientSecretRef: secretKeyRef('Our secret at it.', 'clientSecret'),
  issuer: optional(text('URL of the issuer, for oidc.', { pattern: '^https://' })),
});

export const auth = withDefault(
  object('Ways to sign in.', {
    anonymousAccess: withDefault(
      flag('Let calls without a credential through to rules and policies, which decide.'),
      false,
    ),
    providers: withDefault(list('Third parties.', provider, { keys: ['name'] }), []),
  }),
  {},
);
