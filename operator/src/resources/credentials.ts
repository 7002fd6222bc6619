import type { ProjectSpec, TelestackProject } from '../api/project.ts';
import { nameFor } from './names.ts';

/** Secrets that the operator makes, and their keys. Each is made once, and again only when rotation is asked for. */
export const CREDENTIALS = {
  postgresql: ['superuser', 'replication', 'docstore', 'identity', 'storage', 'supertokens'],
  minio: ['accessKeyId', 'secretAccessKey'],
  centrifugo: ['tokenKey', 'apiKey', 'adminPassword', 'adminSecret'],
  supertokens: ['apiKey'],
  /** `webApiKey` is public: apps are configured with it. */
  services: ['webApiKey'],
} as const;
export type CredentialName = keyof typeof CREDENTIALS;

export function credentialSecret(project: TelestackProject, name: CredentialName): string {
  return nameFor(project, `${name}-credentials`);
}

/** Which of them the project needs. */
export function neededCredentials(spec: ProjectSpec): CredentialName[] {
  const isNeeded: Record<CredentialName, boolean> = {
    postgresql: spec.postgresql.managed !== undefined,
    minio: spec.storage.enabled && spec.storage.managed !== undefined,
    centrifugo: spec.centrifugo.enabled,
    supertokens: spec.supertokens.enabled && spec.supertokens.managed !== undefined,
    services: true,
  };
  return (Object.keys(isNeeded) as CredentialName[]).filter((name) => isNeeded[name]);
}
