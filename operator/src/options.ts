import { defineOptions } from '@telestack/config';

const image = (name: string, fallback: string) =>
  ({
    env: `IMAGE_${name.toUpperCase()}`,
    type: 'string',
    default: fallback,
    description: `Image of ${name}, where a project names none.`,
  }) as const;

/** What the operator's process understands. */
export const OPERATOR_OPTIONS = defineOptions({
  host: { env: 'HOST', type: 'string', default: '0.0.0.0', description: 'Address of health and metrics.' },
  port: {
    env: 'PORT',
    flag: 'port',
    type: 'int',
    default: 8081,
    min: 0,
    max: 65535,
    description: 'Port of health and metrics.',
  },
  namespace: {
    env: 'WATCH_NAMESPACE',
    flag: 'namespace',
    type: 'string',
    default: '',
    description: 'The only namespace whose projects are run; all if empty.',
  },
  ownNamespace: {
    env: 'POD_NAMESPACE',
    type: 'string',
    default: 'default',
    description: 'Where the operator runs: its lease is there.',
  },
  leaderElection: {
    env: 'LEADER_ELECTION',
    flag: 'leader-election',
    type: 'bool',
    default: true,
    description: 'Let one of several operators work at a time.',
  },
  concurrency: {
    env: 'CONCURRENCY',
    type: 'int',
    default: 8,
    min: 1,
    max: 64,
    description: 'Projects worked on at the same time.',
  },
  natsHost: {
    env: 'NATS_HOST',
    type: 'string',
    default: '',
    description: 'Name of the NATS service of the installation; none if empty.',
  },
  natsPort: { env: 'NATS_PORT', type: 'int', default: 4222, min: 1, max: 65535, description: 'Its port.' },
  natsNamespace: {
    env: 'NATS_NAMESPACE',
    type: 'string',
    default: '',
    description: 'Its namespace; that of the operator if empty.',
  },
  imageServices: image('services', 'telestack/telestack:latest'),
  imagePostgresql: image('postgresql', 'postgres:18'),
  imageCentrifugo: image('centrifugo', 'centrifugo/centrifugo:v6'),
  imageSupertokens: image('supertokens', 'supertokens/supertokens-postgresql:11.0'),
  imageMinio: image('minio', 'minio/minio:latest'),
});
