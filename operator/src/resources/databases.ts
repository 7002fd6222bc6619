import { resources } from '@telestack/controller';
import type { TextSource } from '../api/firestore.ts';
import type { TelestackProject } from '../api/project.ts';
import { type Desired, desired } from './desired.ts';

/** The texts that a database may have, and their files' names. */
export const DATABASE_TEXTS = {
  rules: 'firestore.rules',
  indexes: 'firestore.indexes.json',
  schemas: 'schemas.json',
} as const;

/** A ConfigMap's key cannot hold the parentheses of "(default)". */
export function fileName(database: string, text: keyof typeof DATABASE_TEXTS): string {
  return `${database.replace('(default)', 'default')}.${DATABASE_TEXTS[text]}`;
}

/** Each text of each database: where it comes from. */
export function textSources(project: TelestackProject) {
  return project.spec.firestore.databases.flatMap((database) =>
    (Object.keys(DATABASE_TEXTS) as (keyof typeof DATABASE_TEXTS)[]).flatMap((text) => {
      const source: TextSource | undefined = database[text];
      return source === undefined ? [] : [{ database: database.name, text, source }];
    }),
  );
}

/** Rules, indexes, schemas and policies of all databases, as the docstore reads them. */
export function databasesConfig(project: TelestackProject, files: Readonly<Record<string, string>>): Desired {
  return desired(resources.configMap, { project, part: 'databases' }, { data: { ...files } });
}

/** What is not in a file of its own: names and policies. */
export function databasesIndex(project: TelestackProject): string {
  return JSON.stringify(
    project.spec.firestore.databases.map(({ name, policies }) => ({ name, policies })),
    null,
    2,
  );
}
