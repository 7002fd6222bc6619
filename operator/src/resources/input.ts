import type { TelestackProject } from '../api/project.ts';
import type { ComponentName } from './names.ts';

/** Images by what runs in them. */
export interface Images {
  readonly services: string;
  readonly postgresql: string;
  readonly centrifugo: string;
  readonly supertokens: string;
  readonly minio: string;
}

/** Where the installation's NATS is. */
export interface NatsPlace {
  readonly host: string;
  readonly port: number;
  readonly namespace: string;
}

/** What the desired state is computed from: the spec, and what was found in the cluster. Plain data. */
export interface Input {
  readonly project: TelestackProject;
  /** Images as they shall be; a component's own may still be an older one. */
  readonly images: Images;
  readonly nats: NatsPlace;
  /** Hash of a Secret's or ConfigMap's content, '' when it is not there. */
  readonly checksumOf: (kind: 'Secret' | 'ConfigMap', name: string) => string;
  /** Content of the databases' rules, indexes and schemas, by file name. */
  readonly databaseFiles: Readonly<Record<string, string>>;
  /** The size in the template of a StatefulSet's volumes, which cannot be changed; undefined where there is none yet. */
  readonly templateSizeOf: (component: ComponentName) => string | undefined;
}
