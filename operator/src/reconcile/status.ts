import { type ApiClient, findDrift } from '@telestack/controller';
import { projects, type TelestackProject } from '../api/project.ts';
import type { ProjectStatus } from '../api/status.ts';

/** Writes the status where it says something new. Resolves to true when it was written. */
export async function writeStatus(
  project: TelestackProject,
  status: ProjectStatus,
  client: ApiClient,
  signal: AbortSignal,
): Promise<boolean> {
  const before = project.status ?? {};
  if (findDrift(status, before) === undefined && findDrift(before, status) === undefined) return false;
  const { namespace, name } = project.metadata;
  // A merge patch keeps what is left out; null takes it away.
  const gone = Object.fromEntries(
    Object.keys(before)
      .filter((field) => status[field as keyof ProjectStatus] === undefined)
      .map((field) => [field, null]),
  );
  await client.merge(
    projects,
    namespace,
    name,
    { status: { ...gone, ...status } },
    { subresource: 'status', signal },
  );
  return true;
}
