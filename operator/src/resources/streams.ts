import type { V1EnvVar } from '@kubernetes/client-node';
import { hashOf, keyOf } from '@telestack/controller';
import type { TelestackProject } from '../api/project.ts';
import { USERS } from '../nats/users.ts';
import { fromSecret, value } from './environment.ts';
import type { Input } from './input.ts';
import { nameFor } from './names.ts';

/** The Secret with the project's account of the installation's NATS. */
export function natsSecret(project: TelestackProject): string {
  return nameFor(project, 'nats-credentials');
}

/** Where a service finds NATS, and how its streams are called. */
export function streamEnvironment({ project, nats }: Input): V1EnvVar[] {
  const other = project.spec.nats.urlSecretRef;
  return [
    ...(other === undefined
      ? [
          value('NATS_URL', `nats://${nats.host}:${nats.port}`),
          fromSecret('NATS_CREDENTIALS', natsSecret(project), USERS.services),
        ]
      : [fromSecret('NATS_URL', other.name, other.key)]),
    value('STREAM_NAME', streamName(project)),
  ];
}

/**
 * What the names of the project's streams, and that of its replication slot, begin with. Other projects may use the same NATS account or the same
 * PostgreSQL server, where users bring these: slots are the server's, not a database's.
 */
export function streamName(project: TelestackProject): string {
  const { nats, postgresql } = project.spec;
  if (nats.urlSecretRef === undefined && postgresql.external === undefined) return 'telestack';
  // What a slot's name may have.
  const readable = project.metadata.name.replaceAll(/[^a-z0-9]/g, '_');
  return `${readable}_${hashOf(keyOf(project)).slice(0, 8)}`;
}
