import type { OptionsOf } from '@telestack/config';
import { parseOrigins } from './http/headers.ts';
import type { GATEWAY_OPTIONS } from './options.ts';
import type { GatewayOptions } from './server.ts';

/** What options make of a gateway, wherever it runs; without the addresses of the others. @throws StatusError INVALID_ARGUMENT */
export function gatewaySettings(
  options: OptionsOf<typeof GATEWAY_OPTIONS>,
): Pick<
  GatewayOptions,
  'host' | 'port' | 'profile' | 'rateLimits' | 'anonymousAccess' | 'allowedOrigins' | 'trustedProxies'
> {
  const { host, port, profile, anonymousAccess, trustedProxies } = options;
  return {
    host,
    port,
    profile,
    rateLimits: {
      perUser: options.rateLimitPerUser,
      perKey: options.rateLimitPerKey,
      perAddress: options.rateLimitPerAddress,
    },
    anonymousAccess,
    allowedOrigins: parseOrigins(options.allowedOrigins),
    trustedProxies,
  };
}
