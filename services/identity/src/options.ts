import { defineOptions } from '@telestack/config';

/** What an identity process understands. */
export const IDENTITY_OPTIONS = defineOptions({
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
    default: 9003,
    min: 0,
    max: 65535,
    description: 'Port of the internal HTTP service; never for the public.',
  },
  profile: {
    env: 'TELESTACK_PROFILE',
    flag: 'profile',
    type: 'string',
    choices: ['dev', 'production'],
    default: 'production',
    description: "dev: the emulator's conventions; production: deny by default.",
  },
  databaseUrl: {
    env: 'DATABASE_URL',
    type: 'string',
    default: '',
    secret: true,
    description: 'PostgreSQL.',
  },
  maxConnections: {
    env: 'POSTGRES_MAX_CONNECTIONS',
    type: 'int',
    default: 10,
    min: 1,
    description: 'Connections of this replica to PostgreSQL.',
  },
  project: {
    env: 'TELESTACK_PROJECT',
    flag: 'project',
    type: 'string',
    default: 'demo',
    description: 'Project of requests that name none.',
  },
  webApiKey: {
    env: 'WEB_API_KEY',
    type: 'string',
    description: 'Public key (`apiKey`) that apps of the project are configured with.',
  },
  publicUrl: {
    env: 'PUBLIC_URL',
    flag: 'public-url',
    type: 'string',
    description: 'Where clients reach the gateway, for links in mails.',
  },
  mailHookUrl: {
    env: 'MAIL_HOOK_URL',
    type: 'string',
    description: 'Web hook that sends mails (password reset, sign-in links).',
  },
  mailHookSecret: {
    env: 'MAIL_HOOK_SECRET',
    type: 'string',
    secret: true,
    description: 'Bearer token for the mail hook.',
  },
  superTokensUri: {
    env: 'SUPERTOKENS_URI',
    type: 'string',
    description: 'SuperTokens Core that keeps users and sessions; without it PostgreSQL does.',
  },
  superTokensApiKey: {
    env: 'SUPERTOKENS_API_KEY',
    type: 'string',
    secret: true,
    description: 'Key of the SuperTokens Core.',
  },
  websiteDomain: {
    env: 'WEBSITE_DOMAIN',
    type: 'string',
    default: 'http://localhost:3000',
    description: 'Origin of the app, for SuperTokens’ cookies and links.',
  },
  oauthProviders: {
    env: 'OAUTH_PROVIDERS',
    type: 'string',
    secret: true,
    description:
      'OAuth sign-in with SuperTokens: JSON list of {thirdPartyId, clientId, clientSecret, oidcDiscoveryEndpoint}.',
  },
  keyRotation: {
    env: 'SIGNING_KEY_ROTATION',
    type: 'duration',
    default: 30 * 24 * 3_600_000,
    min: 3_600_000,
    description: 'Age at which a signing key is replaced.',
  },
});
