import { connectBus } from '@telestack/bus';
import { invalidArgument } from '@telestack/errors';
import { startHttpServer } from '@telestack/http';
import { grpcChannel } from '@telestack/rpc';
import { runService } from '@telestack/runtime';
import { STORAGE_OPTIONS } from './options.ts';
import { accessByRules } from './rules/access-by-rules.ts';
import { s3Settings } from './s3/settings.ts';
import { storageSettings } from './settings.ts';
import { startStorage } from './storage.ts';

const CLOSE_GRACE_MS = 5_000;

await runService({
  name: 'storage',
  options: STORAGE_OPTIONS,
  async start(options, log) {
    if (options.databaseUrl === '') throw invalidArgument('DATABASE_URL is not set.');
    if (options.natsUrl === '') throw invalidArgument('NATS_URL is not set.');
    const s3 = s3Settings(options);
    if (s3 === undefined) throw invalidArgument('S3_ENDPOINT is not set.');
    const bus = await connectBus({
      servers: options.natsUrl,
      credentials: options.natsCredentials,
      name: 'telestack-storage',
    });
    const docstore = grpcChannel(options.docstoreAddress);
    const storage = await startStorage({
      ...storageSettings(options),
      bus,
      s3,
      access: accessByRules(docstore, options.profile),
      log,
    });
    const server = await startHttpServer(options, storage.http);
    return {
      description: `Serving on port ${server.port}.`,
      async close() {
        await server.close(CLOSE_GRACE_MS);
        await storage.close();
        docstore.close();
        await bus.close();
      },
    };
  },
});
