import { changeStreamSettings, connectBus } from '@telestack/bus';
import { invalidArgument } from '@telestack/errors';
import { DocstoreDefinition } from '@telestack/protos/telestack/docstore/v1/docstore.ts';
import { createClient, grpcChannel } from '@telestack/rpc';
import { runService, startGrpcServer } from '@telestack/runtime';
import { httpCredentialSource } from '@telestack/tokens';
import { createBridge } from './bridge.ts';
import { BRIDGE_OPTIONS } from './options.ts';

const CLOSE_GRACE_MS = 2_000;

await runService({
  name: 'realtime-bridge',
  options: BRIDGE_OPTIONS,
  async start(options, log) {
    if (options.natsUrl === '') throw invalidArgument('NATS_URL is not set.');
    const bus = await connectBus({
      servers: options.natsUrl,
      credentials: options.natsCredentials,
      name: 'telestack-realtime-bridge',
    });
    const docstore = grpcChannel(options.docstoreAddress);
    const bridge = createBridge({
      docstore: createClient(DocstoreDefinition, docstore),
      changes: bus.changeStream(changeStreamSettings(options.streamName, options.retention)),
      principals:
        options.identityAddress === undefined ? undefined : httpCredentialSource(options.identityAddress),
      config: options,
      log: (level, message, details) => {
        if (level !== 'debug') log(message, details?.error);
      },
    });
    const grpc = await startGrpcServer(options, [bridge.service], log);
    return {
      description: `Serving on port ${grpc.port}.`,
      async close() {
        await bridge.close();
        await grpc.close(CLOSE_GRACE_MS);
        docstore.close();
        await bus.close();
      },
    };
  },
});
