import type { AuditLog } from '@telestack/audit';
import { invalidArgument } from '@telestack/errors';
import type {
  AccessDefinition,
  CheckDocumentsRequest,
  CheckDocumentsResponse,
  CollectionSettings as CollectionSettingsMessage,
} from '@telestack/protos/telestack/docstore/v1/access.ts';
import { actorOf, type Handlers } from '@telestack/rpc';
import { checkCollectionId } from '@telestack/values';
import type { Queryable } from '../database.ts';
import { checkCollection } from '../schemas/check-collection.ts';
import { Schemas } from '../schemas/schemas.ts';
import { type CollectionSettings, type SettingsName, settingsKind } from './collection-settings.ts';
import { checkAdmin, checkProject } from './service.ts';

type SettingsHandlers = Pick<
  Handlers<typeof AccessDefinition>,
  'getCollectionSettings' | 'setCollectionSettings' | 'checkDocuments' | 'listAuditEntries'
>;

const LARGEST_PAGE = 1_000;
const DEFAULT_PAGE = 100;

/** Policies and schemas of collections: docs/policies.md. */
export function settingsHandlers(
  database: Queryable,
  settings: CollectionSettings,
  audit: AuditLog,
): SettingsHandlers {
  return {
    async getCollectionSettings(request, context) {
      checkAdmin(context, request.project);
      return { ...request, ...(await settings.get(nameOf(request))) };
    },
    async setCollectionSettings(request, context) {
      const { project, databaseId, kind } = request;
      checkAdmin(context, project);
      checkProject(project);
      checkDatabaseId(databaseId);
      const stored = await settings.set(nameOf(request), request.content);
      const actor = actorOf(context.principal);
      await audit.record({ project, actor, action: `${kind}.set`, target: `databases/${databaseId}` });
      return { project, databaseId, kind, ...stored };
    },
    async checkDocuments(request, context) {
      checkAdmin(context, request.project);
      return checkDocuments(database, settings, request);
    },
    async listAuditEntries({ project, before }, context) {
      checkAdmin(context, project);
      const entries = await audit.list(project, before);
      return { entries: entries.map((entry) => ({ ...entry, details: JSON.stringify(entry.details) })) };
    },
  };
}

async function checkDocuments(
  database: Queryable,
  settings: CollectionSettings,
  { project, databaseId, collectionId, schema, pageSize, pageToken }: CheckDocumentsRequest,
): Promise<CheckDocumentsResponse> {
  if (pageSize < 0) throw invalidArgument('The page size must not be negative.');
  checkCollectionId(collectionId);
  const source = schema
    ? `{${JSON.stringify(collectionId)}:${schema}}`
    : (await settings.get({ project, databaseId, kind: 'schemas' })).content;
  const validator = Schemas.parse(source).validatorOf(collectionId);
  if (validator === undefined) throw invalidArgument(`"${collectionId}" has no schema.`);
  const page = await checkCollection(
    database,
    { name: `${project}/${databaseId}`, collectionId },
    validator,
    { after: pageToken || undefined, limit: Math.min(pageSize || DEFAULT_PAGE, LARGEST_PAGE) },
  );
  return { misfits: [...page.misfits], checked: page.checked, nextPageToken: page.next ?? '' };
}

const nameOf = ({
  project,
  databaseId,
  kind,
}: Pick<CollectionSettingsMessage, 'project' | 'databaseId' | 'kind'>): SettingsName => ({
  project,
  databaseId,
  kind: settingsKind(kind),
});

/** firebase.google.com/docs/firestore/manage-databases. @throws StatusError INVALID_ARGUMENT */
function checkDatabaseId(id: string): void {
  if (!/^(\(default\)|[a-z][a-z0-9-]{0,61}[a-z0-9]?)$/.test(id)) {
    throw invalidArgument(`"${id}" is not the id of a database.`);
  }
}
