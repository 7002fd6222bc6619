import { defineOptions } from '@telestack/config';

/** What a gateway process understands. */
export const GATEWAY_OPTIONS = defineOptions({
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
    default: 8080,
    min: 0,
    max: 65535,
    description: 'Port for all clients; 0 for a free one.',
  },
  profile: {
    env: 'TELESTACK_PROFILE',
    flag: 'profile',
    type: 'string',
    choices: ['dev', 'production'],
    default: 'production',
    description: "dev: the emulator's conventions; production: deny by default.",
  },
  docstoreAddress: {
    env: 'DOCSTORE_ADDRESS',
    type: 'string',
    default: '127.0.0.1:9001',
    description: 'gRPC target of the docstore.',
  },
  realtimeAddress: {
    env: 'REALTIME_ADDRESS',
    type: 'string',
    default: '127.0.0.1:9002',
    description: 'gRPC target of the realtime-bridge.',
  },
});
