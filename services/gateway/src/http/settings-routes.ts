import { invalidArgument, type StatusError } from '@telestack/errors';
import {
  type HttpCall,
  type HttpService,
  httpService,
  type Reply,
  type Route,
  readJson,
} from '@telestack/http';
import { parseJsonText } from '@telestack/json';
import type { AccessDefinition, AuditEntry } from '@telestack/protos/telestack/docstore/v1/access.ts';
import type { Client } from '@telestack/rpc';
import { member, timeOf } from './json.ts';

/** Schemas may have 4 MiB. */
const BODY_LIMIT = 5 * 1024 * 1024;

const SETTINGS_PATH = /^\/v1\/projects\/[^/]+\/databases\/[^/]+\/(policies|schemas|schemas:check|auditLog)$/;
const DATABASE = '/v1/projects/{project}/databases/{database}';

type AccessClient = Client<typeof AccessDefinition>;

/** Policies and schemas of a database's collections (docs/policies.md), and what administrators have done to them and to rules. */
export function settingsService(
  access: AccessClient,
  onError: (error: StatusError, path: string) => void,
): HttpService {
  const service = httpService({ prefixes: [], routes: settingsRoutes(access), onError });
  // Firestore has its own paths below /v1/projects/.
  return { ...service, owns: (path) => SETTINGS_PATH.test(path) };
}

export function settingsRoutes(access: AccessClient): Route[] {
  return [
    ...kindRoutes(access, 'policies'),
    ...kindRoutes(access, 'schemas'),
    {
      method: 'POST',
      path: `${DATABASE}/schemas:check`,
      access: 'admin',
      handle: (call) => checkDocuments(access, call),
    },
    {
      method: 'GET',
      path: `${DATABASE}/auditLog`,
      access: 'admin',
      async handle({ params, url, context }) {
        const request = { project: params.project!, before: url.searchParams.get('before') ?? '' };
        const { entries } = await access.listAuditEntries(request, context);
        return { body: { entries: entries.map(auditJson) } };
      },
    },
  ];
}

/** `{policies: [...]}` or `{schemas: {...}}`, read and written as a whole. */
function kindRoutes(access: AccessClient, kind: 'policies' | 'schemas'): Route[] {
  const path = `${DATABASE}/${kind}`;
  const reply = ({ content, updateTime }: { content: string; updateTime: number | undefined }): Reply => ({
    body: { [kind]: parseJsonText(content), updateTime: timeOf(updateTime) },
  });
  return [
    {
      method: 'GET',
      path,
      access: 'admin',
      async handle({ params, context }) {
        const name = { project: params.project!, databaseId: params.database!, kind };
        return reply(await access.getCollectionSettings(name, context));
      },
    },
    {
      method: 'PUT',
      path,
      access: 'admin',
      async handle({ request, params, context }) {
        const value = member(await readJson(request, BODY_LIMIT), kind);
        if (value === undefined) throw invalidArgument(`The body must have a member "${kind}".`);
        const name = { project: params.project!, databaseId: params.database!, kind };
        const content = JSON.stringify(value);
        return reply(
          await access.setCollectionSettings({ ...name, content, updateTime: undefined }, context),
        );
      },
    },
  ];
}

/** `{collection, schema?, pageSize?, pageToken?}` */
async function checkDocuments(access: AccessClient, { request, params, context }: HttpCall): Promise<Reply> {
  const body = await readJson(request, BODY_LIMIT);
  const [collectionId, schema, pageSize = 0, pageToken = ''] = [
    member(body, 'collection'),
    member(body, 'schema'),
    member(body, 'pageSize'),
    member(body, 'pageToken'),
  ];
  if (typeof collectionId !== 'string') throw invalidArgument('collection must be the id of a collection.');
  if (typeof pageSize !== 'number' || !Number.isInteger(pageSize)) {
    throw invalidArgument('pageSize must be an integer.');
  }
  if (typeof pageToken !== 'string') throw invalidArgument('pageToken must be text.');
  const page = await access.checkDocuments(
    {
      project: params.project!,
      databaseId: params.database!,
      collectionId,
      schema: schema === undefined ? '' : JSON.stringify(schema),
      pageSize,
      pageToken,
    },
    context,
  );
  return { body: { ...page, nextPageToken: page.nextPageToken || undefined } };
}

const auditJson = ({ details, ...entry }: AuditEntry): object => ({
  ...entry,
  details: JSON.parse(details) as unknown,
});
