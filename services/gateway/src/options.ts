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
  identityAddress: {
    env: 'IDENTITY_ADDRESS',
    type: 'string',
    description: 'host:port of the identity service; without it, production accepts no credential.',
  },
  rateLimitPerUser: {
    env: 'RATE_LIMIT_PER_USER',
    type: 'int',
    min: 0,
    description: 'Calls a second of one user; 0 for no limit. Production: 500.',
  },
  rateLimitPerKey: {
    env: 'RATE_LIMIT_PER_KEY',
    type: 'int',
    min: 0,
    description: 'Calls a second with one API key; 0 for no limit. Production: 2000.',
  },
  rateLimitPerAddress: {
    env: 'RATE_LIMIT_PER_ADDRESS',
    type: 'int',
    min: 0,
    description: 'Calls a second from one address; 0 for no limit. Production: 2000.',
  },
  anonymousAccess: {
    env: 'ANONYMOUS_ACCESS',
    type: 'bool',
    default: false,
    description: 'Let calls without a credential through to rules and policies in production.',
  },
  allowedOrigins: {
    env: 'ALLOWED_ORIGINS',
    type: 'string',
    default: '*',
    description:
      'Origins whose pages may call, separated by commas; https://*.example.com for any host below.',
  },
  trustedProxies: {
    env: 'TRUSTED_PROXIES',
    type: 'int',
    default: 0,
    min: 0,
    max: 10,
    description: 'Proxies of yours before the gateway: where in x-forwarded-for the client’s address is.',
  },
  storageAddress: {
    env: 'STORAGE_ADDRESS',
    type: 'string',
    default: '127.0.0.1:9003',
    description: 'HTTP address of the storage service.',
  },
});
