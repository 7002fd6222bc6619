import type { TelestackProject } from '../api/project.ts';
import type { Caches } from '../caches.ts';
import { DATABASE_TEXTS, databasesIndex, fileName, textSources } from '../resources/databases.ts';
import { nameFor } from '../resources/names.ts';
import type { Problem } from './problem.ts';

/** Says what is wrong with a text of security rules; undefined when nothing is. */
export type RulesChecker = (source: string) => string | undefined;

/**
 * The texts of the project's databases. One that is missing or wrong is a problem, and the last good one stays in use: a slip of the pen must not
 * close a running project.
 */
export function databaseTexts(
  project: TelestackProject,
  caches: Caches,
  checkRules: RulesChecker,
): { readonly files: Readonly<Record<string, string>>; readonly problems: readonly Problem[] } {
  const { namespace } = project.metadata;
  const live = caches.configMaps.store.get(`${namespace}/${nameFor(project, 'databases')}`)?.data ?? {};
  const files: Record<string, string> = { 'databases.json': databasesIndex(project) };
  const problems: Problem[] = [];
  for (const { database, text, source } of textSources(project)) {
    const field = `spec.firestore.databases[${database}].${text}`;
    const file = fileName(database, text);
    const complain = (reason: string, message: string) => {
      problems.push({ reason, message: `${field}: ${message}`, holds: [] });
      if (live[file] !== undefined) files[file] = live[file];
    };
    const { configMapRef, inline } = source;
    const configMap =
      configMapRef === undefined
        ? undefined
        : caches.configMaps.store.get(`${namespace}/${configMapRef.name}`);
    if (configMapRef !== undefined && configMap === undefined) {
      complain('ConfigMapNotFound', `the ConfigMap ${configMapRef.name} does not exist`);
      continue;
    }
    const content = inline ?? configMap?.data?.[configMapRef?.key ?? ''];
    if (content === undefined) {
      complain('ConfigMapKeyNotFound', `the ConfigMap ${configMapRef?.name} has no key ${configMapRef?.key}`);
      continue;
    }
    const complaint = text === 'rules' ? checkRules(content) : jsonComplaint(content);
    if (complaint === undefined) files[file] = content;
    else complain(`Invalid${text[0]!.toUpperCase()}${text.slice(1)}`, complaint);
  }
  return { files, problems };
}

/** Names of files a database may have; for documentation. */
export const TEXT_NAMES = Object.keys(DATABASE_TEXTS);

function jsonComplaint(content: string): string | undefined {
  try {
    const value: unknown = JSON.parse(content);
    return typeof value === 'object' && value !== null ? undefined : 'it is not a JSON object';
  } catch (error) {
    return `it is not JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
}
