import { Server } from 'node:http';
import { toStatusError } from '@telestack/errors';
import { sendError } from '@telestack/http';
import { ANONYMOUS } from '@telestack/rpc';
import { createDatabase, type TestDatabase } from '@telestack/testkit';
import { createVerifier, readCredential, type Verifier } from '@telestack/tokens';
import { type IdentityOptions, type RunningIdentity, startIdentity } from '../src/index.ts';

export interface TestIdentity extends AsyncDisposable {
  readonly identity: RunningIdentity;
  readonly verifier: Verifier;
  readonly database: TestDatabase;
  /** "127.0.0.1:port", where it serves as the gateway would. */
  readonly address: string;
  close(): Promise<void>;
}

/** An identity service with a port before it that authenticates as the gateway does. */
export async function startTestIdentity(
  options: Partial<IdentityOptions> & { readonly profile: IdentityOptions['profile'] },
): Promise<TestIdentity> {
  const database = await createDatabase();
  const identity = await startIdentity({
    databaseUrl: database.url,
    defaultProject: 'demo',
    passwords: { logCost: 4 },
    log: () => {},
    ...options,
  });
  const verifier = createVerifier({ source: identity.credentials, profile: options.profile });
  await verifier.ready;
  const server = serve(identity, verifier);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const close = async () => {
    server.closeAllConnections();
    server.close();
    await verifier.close();
    await identity.close();
    await database.drop();
  };
  return { identity, verifier, database, address: `127.0.0.1:${port}`, close, [Symbol.asyncDispose]: close };
}

function serve({ service, openService }: RunningIdentity, verifier: Verifier): Server {
  const { signal } = new AbortController();
  return new Server(async (request, response) => {
    try {
      if (openService.owns(request.url ?? ''))
        return await openService.handle(request, response, { principal: ANONYMOUS, signal });
      const principal = await verifier.verify(readCredential(request.headers.authorization));
      await service.handle(request, response, { principal, signal });
    } catch (error) {
      sendError(response, toStatusError(error));
    }
  });
}
