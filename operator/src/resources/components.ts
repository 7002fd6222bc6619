import { type Resource, resources } from '@telestack/controller';
import { centrifugo } from './centrifugo.ts';
import type { Desired } from './desired.ts';
import type { Images, Input } from './input.ts';
import { migrations } from './migrations.ts';
import { minio } from './minio.ts';
import type { ComponentName } from './names.ts';
import { postgresql } from './postgresql.ts';
import { compact, docstore, gateway, identity, realtimeBridge, storage } from './services.ts';
import { supertokens } from './supertokens.ts';

export interface Component {
  readonly name: ComponentName;
  /** Type of its condition. */
  readonly condition: string;
  readonly image: keyof Images;
  /** The kind of the object that runs its pods. */
  readonly workload: Resource;
  /** What must be ready before it starts, or gets a new image. */
  readonly needs: readonly ComponentName[];
  /** Its objects as they should be; none where the project does not have it. */
  readonly build: (input: Input, image: string) => Desired[];
}

const { deployment, job, statefulSet } = resources;

/** The parts of a project in the order in which they are upgraded: what is needed before what needs it. */
export const components: readonly Component[] = [
  {
    name: 'postgresql',
    condition: 'PostgreSQLReady',
    image: 'postgresql',
    workload: statefulSet,
    needs: [],
    build: postgresql,
  },
  { name: 'minio', condition: 'MinIOReady', image: 'minio', workload: statefulSet, needs: [], build: minio },
  {
    name: 'centrifugo',
    condition: 'CentrifugoReady',
    image: 'centrifugo',
    workload: deployment,
    needs: [],
    build: centrifugo,
  },
  {
    name: 'supertokens',
    condition: 'SuperTokensReady',
    image: 'supertokens',
    workload: deployment,
    needs: ['postgresql'],
    build: supertokens,
  },
  {
    name: 'migrations',
    condition: 'MigrationsReady',
    image: 'services',
    workload: job,
    needs: ['postgresql'],
    build: migrations,
  },
  {
    name: 'docstore',
    condition: 'DocstoreReady',
    image: 'services',
    workload: deployment,
    needs: ['postgresql', 'migrations'],
    build: docstore,
  },
  {
    name: 'identity',
    condition: 'IdentityReady',
    image: 'services',
    workload: deployment,
    needs: ['postgresql', 'migrations', 'supertokens'],
    build: identity,
  },
  {
    name: 'realtime-bridge',
    condition: 'RealtimeBridgeReady',
    image: 'services',
    workload: deployment,
    needs: ['docstore'],
    build: realtimeBridge,
  },
  {
    name: 'storage',
    condition: 'StorageReady',
    image: 'services',
    workload: deployment,
    needs: ['postgresql', 'migrations', 'minio'],
    build: storage,
  },
  {
    name: 'gateway',
    condition: 'GatewayReady',
    image: 'services',
    workload: deployment,
    needs: ['docstore', 'identity', 'realtime-bridge', 'storage'],
    build: gateway,
  },
  {
    name: 'compact',
    condition: 'ServicesReady',
    image: 'services',
    workload: deployment,
    needs: ['postgresql', 'migrations', 'minio', 'supertokens'],
    build: compact,
  },
];
