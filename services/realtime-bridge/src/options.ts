import { defineOptions } from '@telestack/config';
import { defaultConfig } from './config.ts';

/** What a realtime-bridge process understands. The four settings in capitals of their own are the ones that operators know. */
export const BRIDGE_OPTIONS = defineOptions({
  host: {
    env: 'HOST',
    flag: 'host',
    type: 'string',
    default: '127.0.0.1',
    description: 'Address to listen on.',
  },
  port: {
    env: 'PORT',
    flag: 'port',
    type: 'int',
    default: 9002,
    min: 0,
    max: 65535,
    description: 'Port of the gRPC service.',
  },
  natsUrl: {
    env: 'NATS_URL',
    type: 'string',
    default: '',
    secret: true,
    description: 'NATS with JetStream.',
  },
  natsCredentials: {
    env: 'NATS_CREDENTIALS',
    type: 'string',
    default: '',
    secret: true,
    description: 'Text of a creds file, for a NATS with accounts.',
  },
  streamName: {
    env: 'STREAM_NAME',
    type: 'string',
    default: 'telestack',
    description: 'Change stream to follow.',
  },
  retention: {
    env: 'RETENTION',
    type: 'duration',
    default: 3_600_000,
    description: 'Age at which the change stream drops events.',
  },
  docstoreAddress: {
    env: 'DOCSTORE_ADDRESS',
    type: 'string',
    default: '127.0.0.1:9001',
    description: 'gRPC target of the docstore.',
  },
  heartbeatInterval: {
    env: 'HEARTBEAT_INTERVAL',
    type: 'duration',
    default: defaultConfig.heartbeatInterval,
    description: 'A stream that had nothing to say for so long gets a fresh read time.',
  },
  connectionTimeout: {
    env: 'CONNECTION_TIMEOUT',
    type: 'duration',
    default: defaultConfig.connectionTimeout,
    description: 'A stream whose client takes nothing for so long is ended.',
  },
  maxSubscriptionsPerClient: {
    env: 'MAX_SUBSCRIPTIONS_PER_CLIENT',
    type: 'int',
    default: defaultConfig.maxSubscriptionsPerClient,
    min: 1,
    description: 'Targets on one stream.',
  },
  revalidationInterval: {
    env: 'REVALIDATION_INTERVAL',
    type: 'duration',
    default: defaultConfig.revalidationInterval,
    min: 1_000,
    description: 'Listeners whose rules look at the time are asked about again after so long.',
  },
  identityAddress: {
    env: 'IDENTITY_ADDRESS',
    type: 'string',
    description: 'host:port of the identity service, which tells of revoked tokens and changed claims.',
  },
  eventBufferSize: {
    env: 'EVENT_BUFFER_SIZE',
    type: 'bytes',
    default: defaultConfig.eventBufferSize,
    description: 'Events that may wait for one slow client.',
  },
});
