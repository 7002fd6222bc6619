import type { KubeObject, Resource } from '@telestack/controller';
import { choice, flag, type Infer, object, optional, text, withDefault } from '../schema/schema.ts';
import { auth, centrifugo, services, storage, supertokens } from './components.ts';
import { firestore } from './firestore.ts';
import { exposure, images, nats, observability } from './platform.ts';
import { postgresql, restoreFrom } from './postgresql.ts';
import type { ProjectStatus } from './status.ts';

export const spec = object(
  'What the project shall be.',
  {
    topology: withDefault(
      choice('Compact: one deployment runs all services. Distributed: one deployment each.', [
        'Compact',
        'Distributed',
      ]),
      'Compact',
    ),
    version: optional(
      text('Release of the services: the tag of their image; the operator’s own if not given.', {
        pattern: '^[a-zA-Z0-9_][a-zA-Z0-9._-]*$',
        maxLength: 128,
      }),
    ),
    suspend: withDefault(flag('Stop all pods; data and addresses stay.'), false),
    deletionPolicy: withDefault(
      choice('What becomes of volumes and secrets when the project is deleted.', ['Retain', 'Delete']),
      'Retain',
    ),
    firestore,
    services,
    postgresql,
    centrifugo,
    supertokens,
    storage,
    auth,
    nats,
    exposure,
    images,
    observability,
    restoreFrom: optional(restoreFrom),
  },
  [
    {
      rule: '!has(self.restoreFrom) || has(self.postgresql.managed)',
      message: 'restoreFrom needs postgresql.managed',
    },
    {
      rule: '!self.supertokens.enabled || !has(self.supertokens.managed) || has(self.postgresql.managed)',
      message:
        'supertokens.managed keeps its data in postgresql.managed: with an external PostgreSQL use supertokens.external, or switch it off',
    },
    {
      rule: '!has(self.postgresql.managed) || !has(self.postgresql.managed.backup) || has(self.postgresql.managed.backup.bucket.endpoint) || (self.storage.enabled && has(self.storage.managed))',
      message: 'a backup bucket without endpoint needs storage.managed',
    },
  ],
);
export type ProjectSpec = Infer<typeof spec>;

/** The custom resource, with defaults filled in by the API server. */
export interface TelestackProject extends KubeObject {
  spec: ProjectSpec;
  status?: ProjectStatus;
}

export const projects: Resource = {
  group: 'telestack.dev',
  version: 'v1alpha1',
  kind: 'TelestackProject',
  plural: 'telestackprojects',
  namespaced: true,
};

/** Names of what belongs to a project begin with its own, and must stay valid. */
export const MAX_PROJECT_NAME = 40;
