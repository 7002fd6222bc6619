import type { TelestackProject } from './api/project.ts';
import { textSources } from './resources/databases.ts';

/** A key of a Secret that the project needs, and what for. */
export interface SecretReference {
  readonly name: string;
  readonly keys: readonly string[];
  readonly field: string;
}

const S3_KEYS = ['accessKeyId', 'secretAccessKey'];

/** Secrets that the user brings. */
export function secretReferences({ spec }: TelestackProject): SecretReference[] {
  const references: SecretReference[] = [];
  const add = (field: string, ref: { name: string; key: string } | undefined) => {
    if (ref !== undefined) references.push({ field, name: ref.name, keys: [ref.key] });
  };
  const addS3 = (field: string, ref: { name: string } | undefined) => {
    if (ref !== undefined) references.push({ field, name: ref.name, keys: S3_KEYS });
  };
  add('spec.postgresql.external.urlSecretRef', spec.postgresql.external?.urlSecretRef);
  addS3(
    'spec.postgresql.managed.backup.bucket.credentials',
    spec.postgresql.managed?.backup?.bucket.credentials,
  );
  addS3('spec.restoreFrom.bucket.credentials', spec.restoreFrom?.bucket.credentials);
  add('spec.nats.urlSecretRef', spec.nats.urlSecretRef);
  if (spec.centrifugo.enabled) add('spec.centrifugo.redis', spec.centrifugo.redis);
  if (spec.supertokens.enabled) add('spec.supertokens.external.apiKey', spec.supertokens.external?.apiKey);
  if (spec.storage.enabled) addS3('spec.storage.external.credentials', spec.storage.external?.credentials);
  for (const { name, clientSecretRef } of spec.auth.providers)
    add(`spec.auth.providers[${name}].clientSecretRef`, clientSecretRef);
  for (const { name } of spec.images.pullSecrets)
    references.push({ field: `spec.images.pullSecrets[${name}]`, name, keys: [] });
  const tls = spec.exposure.ingress?.tlsSecretName;
  if (tls !== undefined)
    references.push({
      field: 'spec.exposure.ingress.tlsSecretName',
      name: tls,
      keys: ['tls.crt', 'tls.key'],
    });
  return references;
}

/** "namespace/Secret/name" and "namespace/ConfigMap/name" of what the project refers to. */
export function referencesOf(project: TelestackProject): string[] {
  const { namespace } = project.metadata;
  const secrets = secretReferences(project).map(({ name }) => `${namespace}/Secret/${name}`);
  const configMaps = textSources(project).flatMap(({ source }) =>
    source.configMapRef === undefined ? [] : [`${namespace}/ConfigMap/${source.configMapRef.name}`],
  );
  return [...new Set([...secrets, ...configMaps])];
}
