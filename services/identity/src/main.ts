import { invalidArgument } from '@telestack/errors';
import { startHttpServer } from '@telestack/http';
import { runService } from '@telestack/runtime';
import { IDENTITY_OPTIONS } from './options.ts';
import { startIdentity } from './server.ts';
import { identitySettings } from './settings.ts';

const CLOSE_GRACE_MS = 5_000;

await runService({
  name: 'identity',
  options: IDENTITY_OPTIONS,
  async start(options, log) {
    if (options.databaseUrl === '') throw invalidArgument('DATABASE_URL is not set.');
    const identity = await startIdentity({ ...identitySettings(options), log });
    const http = await startHttpServer(options, identity.internalService);
    return {
      description: `Serving on port ${http.port}.`,
      async close() {
        await http.close(CLOSE_GRACE_MS);
        await identity.close();
      },
    };
  },
});
