import { httpProxy } from '@telestack/http';
import { grpcChannel } from '@telestack/rpc';
import { runService } from '@telestack/runtime';
import { httpCredentialSource, IDENTITY_OPEN_PATHS, IDENTITY_PATHS } from '@telestack/tokens';
import { GATEWAY_OPTIONS } from './options.ts';
import { startGateway } from './server.ts';
import { gatewaySettings } from './settings.ts';

/** What the storage service serves. */
const STORAGE_PATHS = [
  '/v0/b/',
  '/v1/storage',
  '/storage/v1/',
  '/upload/storage/v1/',
  '/download/storage/v1/',
  /^\/b(\/|$)/,
];

await runService({
  name: 'gateway',
  options: GATEWAY_OPTIONS,
  async start(options, log) {
    const docstore = grpcChannel(options.docstoreAddress);
    const realtime = grpcChannel(options.realtimeAddress);
    const { identityAddress } = options;
    const identity =
      identityAddress === undefined
        ? undefined
        : {
            guarded: httpProxy(IDENTITY_PATHS, identityAddress),
            open: httpProxy(IDENTITY_OPEN_PATHS, identityAddress, { passAuthorization: true }),
          };
    const storage = httpProxy(STORAGE_PATHS, options.storageAddress);
    const gateway = await startGateway({
      ...gatewaySettings(options),
      docstore,
      realtime,
      credentials: identityAddress === undefined ? undefined : httpCredentialSource(identityAddress),
      services: [...(identity === undefined ? [] : [identity.guarded]), storage],
      openServices: identity === undefined ? [] : [identity.open],
      log,
    });
    return {
      description: `Serving on port ${gateway.port}.`,
      async close() {
        await gateway.close();
        docstore.close();
        realtime.close();
        identity?.guarded.close();
        identity?.open.close();
        storage.close();
      },
    };
  },
});
