import { invalidArgument, type StatusError } from '@telestack/errors';
import {
  type HttpCall,
  type HttpService,
  httpService,
  type Reply,
  type Route,
  readJson,
} from '@telestack/http';
import type {
  AccessDefinition,
  Release,
  Ruleset,
  RulesFile,
} from '@telestack/protos/telestack/docstore/v1/access.ts';
import { type Client, systemContext } from '@telestack/rpc';
import { member, timeOf } from './json.ts';

/** Rules of at most 256 KB (Google's limit), escaped as JSON. */
const BODY_LIMIT = 1024 * 1024;

/** Stands for all projects of a dev platform: where a bucket's own project has no rules for files. */
const ANY_PROJECT = '*';

const RULES_PATH = /^\/v1\/projects\/[^/]+\/(rulesets|releases)(\/|$)/;

type AccessClient = Client<typeof AccessDefinition>;

/** Deploying security rules: the resources of the Firebase Rules API (firebase.google.com/docs/reference/rules/rest). */
export function rulesService(
  access: AccessClient,
  onError: (error: StatusError, path: string) => void,
): HttpService {
  const service = httpService({ prefixes: [], routes: rulesRoutes(access), onError });
  // Firestore has its own paths below /v1/projects/.
  return { ...service, owns: (path) => RULES_PATH.test(path) };
}

/** The emulators' endpoints, which `@firebase/rules-unit-testing` calls. */
export function emulatorRulesRoutes(access: AccessClient): Route[] {
  const release = async (call: HttpCall, project: string, id: string, file: RulesFile): Promise<void> => {
    const context = systemContext(call.context.signal);
    const ruleset = await access.createRuleset({ project, file }, context);
    await access.setRelease({ project, id, rulesetId: ruleset.id }, context);
  };
  const deploy = async (call: HttpCall, id: string): Promise<Reply> => {
    const file = fileOf(member(await readJson(call.request, BODY_LIMIT), 'rules'));
    await release(call, call.params.project!, id, file);
    return { body: {} };
  };
  return [
    {
      // The storage emulator's: for all buckets, or per bucket (`resource`), of whatever project.
      method: 'PUT',
      path: '/internal/setRules',
      access: 'emulator',
      async handle(call) {
        const files = filesOf(member(await readJson(call.request, BODY_LIMIT), 'rules'));
        for (const file of files) {
          const bucket = member(file, 'resource');
          if (files.length > 1 && typeof bucket !== 'string')
            throw invalidArgument('Each of several files must have a resource: the name of its bucket.');
          const id = typeof bucket === 'string' ? `firebase.storage/${bucket}` : 'firebase.storage';
          await release(call, ANY_PROJECT, id, rulesFile(file));
        }
        return { body: { message: 'Rules updated successfully' } };
      },
    },
    {
      method: 'PUT',
      path: '/emulator/v1/projects/{project}:securityRules',
      access: 'emulator',
      handle: (call) => deploy(call, 'cloud.firestore'),
    },
    {
      method: 'PUT',
      path: '/emulator/v1/projects/{project}/databases/{database}:securityRules',
      access: 'emulator',
      handle: (call) => deploy(call, releaseOf(call.params.database!)),
    },
  ];
}

export function rulesRoutes(access: AccessClient): Route[] {
  return [
    {
      method: 'POST',
      path: '/v1/projects/{project}/rulesets',
      access: 'admin',
      async handle({ request, params, context }) {
        const file = fileOf(member(await readJson(request, BODY_LIMIT), 'source'));
        return { body: rulesetJson(await access.createRuleset({ project: params.project!, file }, context)) };
      },
    },
    {
      method: 'GET',
      path: '/v1/projects/{project}/rulesets',
      access: 'admin',
      async handle({ url, params, context }) {
        const pageSize = Number(url.searchParams.get('pageSize') ?? 0);
        if (!Number.isInteger(pageSize)) throw invalidArgument('pageSize must be an integer.');
        const pageToken = url.searchParams.get('pageToken') ?? '';
        const page = await access.listRulesets({ project: params.project!, pageSize, pageToken }, context);
        const nextPageToken = page.nextPageToken || undefined;
        return { body: { rulesets: page.rulesets.map(rulesetJson), nextPageToken } };
      },
    },
    {
      method: 'GET',
      path: '/v1/projects/{project}/rulesets/{id}',
      access: 'admin',
      handle: async ({ params, context }) => ({
        body: rulesetJson(await access.getRuleset({ project: params.project!, id: params.id! }, context)),
      }),
    },
    {
      method: 'DELETE',
      path: '/v1/projects/{project}/rulesets/{id}',
      access: 'admin',
      async handle({ params, context }) {
        await access.deleteRuleset({ project: params.project!, id: params.id! }, context);
        return { body: {} };
      },
    },
    {
      method: 'POST',
      path: '/v1/projects/{project}/releases',
      access: 'admin',
      handle: async (call) => setRelease(call, await readJson(call.request, BODY_LIMIT)),
    },
    {
      method: 'PATCH',
      path: '/v1/projects/{project}/releases/{id=**}',
      access: 'admin',
      handle: async (call) =>
        setRelease(call, member(await readJson(call.request, BODY_LIMIT), 'release'), call.params.id),
    },
    {
      method: 'PUT',
      path: '/v1/projects/{project}/releases/{id=**}',
      access: 'admin',
      handle: async (call) => setRelease(call, await readJson(call.request, BODY_LIMIT), call.params.id),
    },
    {
      method: 'GET',
      path: '/v1/projects/{project}/releases',
      access: 'admin',
      async handle({ params, context }) {
        const { releases } = await access.listReleases({ project: params.project! }, context);
        return { body: { releases: releases.map(releaseJson) } };
      },
    },
    {
      method: 'GET',
      path: '/v1/projects/{project}/releases/{id=**}',
      access: 'admin',
      handle: async ({ params, context }) => ({
        body: releaseJson(await access.getRelease({ project: params.project!, id: params.id! }, context)),
      }),
    },
    {
      method: 'DELETE',
      path: '/v1/projects/{project}/releases/{id=**}',
      access: 'admin',
      async handle({ params, context }) {
        await access.deleteRelease({ project: params.project!, id: params.id! }, context);
        return { body: {} };
      },
    },
  ];

  async function setRelease({ params, context }: HttpCall, body: unknown, id?: string): Promise<Reply> {
    const project = params.project!;
    const releaseId = id ?? idIn(project, 'releases', member(body, 'name'));
    const rulesetId = idIn(project, 'rulesets', member(body, 'rulesetName'));
    return { body: releaseJson(await access.setRelease({ project, id: releaseId, rulesetId }, context)) };
  }
}

const releaseOf = (database: string): string =>
  database === '(default)' ? 'cloud.firestore' : `cloud.firestore/${database}`;

/** The one file of a source: `{files: [{name, content}]}`. */
function fileOf(source: unknown): RulesFile {
  const files = filesOf(source);
  if (files.length !== 1) throw invalidArgument('The source must have exactly one file.');
  return rulesFile(files[0]);
}

function filesOf(source: unknown): readonly unknown[] {
  const files = member(source, 'files');
  if (!Array.isArray(files) || files.length === 0) throw invalidArgument('The source must have a file.');
  return files;
}

function rulesFile(file: unknown): RulesFile {
  const [name, content] = [member(file, 'name'), member(file, 'content')];
  if (typeof content !== 'string') throw invalidArgument('The file must have a content.');
  return { name: typeof name === 'string' ? name : '', content };
}

/** The id in "projects/{project}/{collection}/{id}". */
function idIn(project: string, collection: string, name: unknown): string {
  const prefix = `projects/${project}/${collection}/`;
  if (typeof name !== 'string' || !name.startsWith(prefix)) {
    throw invalidArgument(`The name must begin with "${prefix}".`);
  }
  return name.slice(prefix.length);
}

const rulesetJson = ({ project, id, file, createTime }: Ruleset): object => ({
  name: `projects/${project}/rulesets/${id}`,
  source: file && { files: [file] },
  createTime: timeOf(createTime),
});

const releaseJson = ({ project, id, rulesetId, createTime, updateTime }: Release): object => ({
  name: `projects/${project}/releases/${id}`,
  rulesetName: `projects/${project}/rulesets/${rulesetId}`,
  createTime: timeOf(createTime),
  updateTime: timeOf(updateTime),
});
