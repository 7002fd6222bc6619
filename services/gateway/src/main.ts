import { grpcChannel } from '@telestack/rpc';
import { runService } from '@telestack/runtime';
import { GATEWAY_OPTIONS } from './options.ts';
import { startGateway } from './server.ts';

await runService({
  name: 'gateway',
  options: GATEWAY_OPTIONS,
  async start({ host, port, profile, docstoreAddress, realtimeAddress }, log) {
    const docstore = grpcChannel(docstoreAddress);
    const realtime = grpcChannel(realtimeAddress);
    const gateway = await startGateway({ host, port, profile, docstore, realtime, log });
    return {
      description: `Serving on port ${gateway.port}.`,
      async close() {
        await gateway.close();
        docstore.close();
        realtime.close();
      },
    };
  },
});
