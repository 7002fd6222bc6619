import { startServices } from '@telestack/platform';
import { createDatabase, startNats, uniqueStream } from '@telestack/testkit';

const MAX_FAULTS = 10;

export interface TestPlatform extends AsyncDisposable {
  target: string;
  /** The different errors that it logged, each once: what an INTERNAL was. */
  faults: ReadonlySet<string>;
}

/** All services in this process, on a database of their own in the run's shared servers. */
export async function startPlatformForTest(): Promise<TestPlatform> {
  const faults = new Set<string>();
  const database = await createDatabase();
  const services = await startServices(
    {
      DATABASE_URL: database.url,
      NATS_URL: await startNats(),
      PORT: '0',
      TELESTACK_PROFILE: 'dev',
      STREAM_NAME: uniqueStream('conformance').name,
    },
    (message, error) => {
      if (error === undefined || faults.size >= MAX_FAULTS) return;
      faults.add(`${message} ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    },
  );
  return {
    target: `127.0.0.1:${services.port}`,
    faults,
    async [Symbol.asyncDispose]() {
      await services.close();
      await database.drop();
    },
  };
}
