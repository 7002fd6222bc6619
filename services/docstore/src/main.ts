import { changeStreamSettings, connectBus } from '@telestack/bus';
import { invalidArgument } from '@telestack/errors';
import { runService, startGrpcServer } from '@telestack/runtime';
import { DOCSTORE_OPTIONS } from './options.ts';
import { changePublisher } from './relay/publisher.ts';
import { startDocstore } from './server.ts';
import { docstoreSettings } from './settings.ts';

const CLOSE_GRACE_MS = 5_000;

await runService({
  name: 'docstore',
  options: DOCSTORE_OPTIONS,
  async start(options, log) {
    if (options.databaseUrl === '') throw invalidArgument('DATABASE_URL is not set.');
    if (options.natsUrl === '') throw invalidArgument('NATS_URL is not set.');
    const bus = await connectBus({
      servers: options.natsUrl,
      credentials: options.natsCredentials,
      name: 'telestack-docstore',
    });
    const docstore = await startDocstore({
      ...docstoreSettings(options),
      publisher: changePublisher(
        bus.changeStream(changeStreamSettings(options.streamName, options.retention)),
      ),
      log,
    });
    const grpc = await startGrpcServer(options, [docstore.service], log);
    return {
      description: `Serving on port ${grpc.port}.`,
      async close() {
        await grpc.close(CLOSE_GRACE_MS);
        await docstore.close();
        await bus.close();
      },
    };
  },
});
