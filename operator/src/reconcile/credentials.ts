import { randomBytes } from 'node:crypto';
import { type ApiClient, isAlreadyExists, resources } from '@telestack/controller';
import type { TelestackProject } from '../api/project.ts';
import { type Caches, digestSecret, type SecretDigest } from '../caches.ts';
import {
  CREDENTIALS,
  type CredentialName,
  credentialSecret,
  neededCredentials,
} from '../resources/credentials.ts';
import { annotations, labelsFor } from '../resources/names.ts';

const BYTES = 24;

/** The annotation that asks for new credentials, '' where there is none. */
export function rotationOf({ metadata }: TelestackProject): string {
  return metadata.annotations?.[annotations.rotate] ?? '';
}

/**
 * Makes the Secrets that are missing, adds keys that are missing, and makes all anew when rotation is asked for. What exists is never
 * overwritten otherwise: data depends on it. Resolves to digests; the values stay at the API server.
 */
export async function ensureCredentials(
  project: TelestackProject,
  client: ApiClient,
  caches: Caches,
  signal: AbortSignal,
): Promise<{ readonly digests: Map<string, SecretDigest>; readonly rotated: readonly string[] }> {
  const digests = new Map<string, SecretDigest>();
  const rotated: string[] = [];
  for (const name of neededCredentials(project.spec)) {
    const secret = credentialSecret(project, name);
    const cached = caches.secrets.store.get(`${project.metadata.namespace}/${secret}`);
    const found = cached ?? (await createSecret(project, name, client, signal));
    const isOutdated = (found.metadata.annotations?.[annotations.rotate] ?? '') !== rotationOf(project);
    const missing = CREDENTIALS[name].filter((key) => isOutdated || found.data?.[key] === undefined);
    const labels = labelsFor(project);
    const isLabelled = Object.entries(labels).every(([key, text]) => found.metadata.labels?.[key] === text);
    if (missing.length === 0 && !isOutdated && isLabelled) {
      digests.set(secret, found);
      continue;
    }
    const patch = {
      // Written only if nobody else wrote meanwhile: a stale cache must not make new credentials twice.
      metadata: {
        resourceVersion: found.metadata.resourceVersion,
        annotations: { [annotations.rotate]: rotationOf(project) },
        // By them the Secret is found when the project's data is to go.
        labels,
      },
      data: encoded(missing),
    };
    const { namespace } = project.metadata;
    const written = await client.merge<SecretDigest>(resources.secret, namespace, secret, patch, { signal });
    digests.set(secret, digestSecret(written));
    if (isOutdated) rotated.push(secret);
  }
  return { digests, rotated };
}

async function createSecret(
  project: TelestackProject,
  name: CredentialName,
  client: ApiClient,
  signal: AbortSignal,
): Promise<SecretDigest> {
  const secret = credentialSecret(project, name);
  const { namespace } = project.metadata;
  try {
    const created = await client.create<SecretDigest>(
      resources.secret,
      {
        metadata: {
          name: secret,
          namespace,
          labels: labelsFor(project),
          annotations: { [annotations.rotate]: rotationOf(project) },
          // No owner: without its credentials, data that outlives the project is lost.
        },
        type: 'Opaque',
        data: encoded(CREDENTIALS[name]),
      },
      signal,
    );
    return digestSecret(created);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    // Left from an earlier project of this name, or not yet in the cache.
    return digestSecret(await client.get<SecretDigest>(resources.secret, namespace, secret, signal));
  }
}

/** Hexadecimal: every program and URL takes it as it is. */
function encoded(keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    keys.map((key) => [key, Buffer.from(randomBytes(BYTES).toString('hex')).toString('base64')]),
  );
}
