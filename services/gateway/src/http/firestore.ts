import type { IncomingHttpHeaders } from 'node:http';
import type { StatusError } from '@telestack/errors';
import { type HttpService, httpService } from '@telestack/http';
import { firestoreDescriptors } from '@telestack/protos/descriptors.ts';
import { FirestoreDefinition } from '@telestack/protos/google/firestore/v1/firestore.ts';
import { AccessDefinition } from '@telestack/protos/telestack/docstore/v1/access.ts';
import { type ByteService, type CallContext, type Channel, createClient } from '@telestack/rpc';
import type { Profile } from '../authenticate.ts';
import { webChannelService } from '../webchannel/service.ts';
import { emulatorRoutes } from './emulator.ts';
import { HEALTH } from './health.ts';
import { openApiRoute } from './openapi.ts';
import { restService } from './rest.ts';
import { emulatorRulesRoutes, rulesService } from './rules-routes.ts';
import { settingsService } from './settings-routes.ts';

export interface FirestoreHttpOptions {
  /** The public methods by path. */
  readonly firestore: ByteService;
  readonly docstore: Channel;
  readonly profile: Profile;
  readonly contextOf: (
    headers: IncomingHttpHeaders,
    signal: AbortSignal,
  ) => CallContext | Promise<CallContext>;
  readonly onError: (error: StatusError, path: string) => void;
}

/** Firestore for those who do not speak gRPC: REST, and streams for browsers. */
export function firestoreHttp(options: FirestoreHttpOptions): {
  readonly services: readonly HttpService[];
  readonly publicServices: readonly HttpService[];
  close(): void;
} {
  const { firestore: methods, docstore, profile, contextOf, onError } = options;
  const registry = firestoreDescriptors();
  const service = registry.getService(FirestoreDefinition.fullName);
  if (!service) throw new Error(`The descriptors lack ${FirestoreDefinition.fullName}.`);
  const access = createClient(AccessDefinition, docstore);
  const routes = [...emulatorRoutes(docstore), ...emulatorRulesRoutes(access)];
  const emulator = { prefixes: ['/emulator/v1/', '/internal/setRules'], routes, onError, profile };
  // Its requests but the first carry no credential: who knows a session's name speaks for its user.
  const webChannel = webChannelService({ service, methods, contextOf, onError });
  return {
    services: [
      rulesService(access, onError),
      settingsService(access, onError),
      restService({ registry, service, methods, profile, onError }),
      ...(profile === 'dev' ? [httpService(emulator)] : []),
    ],
    publicServices: [webChannel, httpService({ prefixes: ['/'], routes: [HEALTH, openApiRoute()], onError })],
    close: () => webChannel.close(),
  };
}
