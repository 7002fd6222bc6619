import type { AuditLog } from '@telestack/audit';
import { invalidArgument, permissionDenied } from '@telestack/errors';
import { Empty } from '@telestack/protos/google/protobuf/empty.ts';
import type {
  AccessDefinition,
  ListRulesetsResponse,
  Release,
  Ruleset,
} from '@telestack/protos/telestack/docstore/v1/access.ts';
import { actorOf, type CallContext, type Handlers, isOfProject } from '@telestack/rpc';
import { RULESET_PAGE, type Rulesets, type StoredRelease, type StoredRuleset } from './rulesets.ts';

/** The part of the contract that is about rules. */
type RulesHandlers = Omit<
  Handlers<typeof AccessDefinition>,
  'getCollectionSettings' | 'setCollectionSettings' | 'checkDocuments' | 'listAuditEntries'
>;

/** Deploys and lists rules: `proto/telestack/docstore/v1/access.proto`. */
export function rulesHandlers(rulesets: Rulesets, audit: AuditLog): RulesHandlers {
  const record = ({ principal }: CallContext, project: string, action: string, target: string) =>
    audit.record({ project, actor: actorOf(principal), action, target });
  return {
    async createRuleset({ project, file }, context) {
      checkAdmin(context, project);
      checkProject(project);
      if (file === undefined) throw invalidArgument('A ruleset needs a source file.');
      const ruleset = await rulesets.create(project, file.name || 'firestore.rules', file.content);
      await record(context, project, 'rulesets.create', `rulesets/${ruleset.id}`);
      return toRuleset(project, ruleset);
    },
    async getRuleset({ project, id }, context) {
      checkAdmin(context, project);
      return toRuleset(project, await rulesets.get(project, id));
    },
    async listRulesets({ project, pageSize, pageToken }, context): Promise<ListRulesetsResponse> {
      checkAdmin(context, project);
      if (pageSize < 0) throw invalidArgument('The page size must not be negative.');
      const count = Math.min(pageSize || RULESET_PAGE, RULESET_PAGE);
      const found = await rulesets.list(project, count + 1, pageToken || undefined);
      const page = found.slice(0, count);
      return {
        rulesets: page.map((ruleset) => ({ ...toRuleset(project, ruleset), file: undefined })),
        nextPageToken: found.length > count ? page.at(-1)!.id : '',
      };
    },
    async deleteRuleset({ project, id }, context) {
      checkAdmin(context, project);
      await rulesets.delete(project, id);
      await record(context, project, 'rulesets.delete', `rulesets/${id}`);
      return Empty.create();
    },
    async setRelease({ project, id, rulesetId }, context) {
      checkAdmin(context, project);
      checkProject(project);
      const release = await rulesets.setRelease(project, id, rulesetId);
      await record(context, project, 'releases.set', `releases/${id} rulesets/${rulesetId}`);
      return toRelease(project, release);
    },
    async getRelease({ project, id }, context) {
      checkAdmin(context, project);
      return toRelease(project, await rulesets.getRelease(project, id));
    },
    async listReleases({ project }, context) {
      checkAdmin(context, project);
      const releases = await rulesets.listReleases(project);
      return { releases: releases.map((release) => toRelease(project, release)) };
    },
    async deleteRelease({ project, id }, context) {
      checkAdmin(context, project);
      await rulesets.deleteRelease(project, id);
      await record(context, project, 'releases.delete', `releases/${id}`);
      return Empty.create();
    },
    async findRuleset({ candidates, knownId }, context) {
      for (const { project } of candidates) checkAdmin(context, project);
      const found = await rulesets.find(candidates, knownId);
      if (found === undefined) return { rulesetId: '', file: undefined };
      const { id, fileName: name, source } = found;
      return { rulesetId: id, file: source === null ? undefined : { name, content: source } };
    },
  };
}

/** @throws StatusError PERMISSION_DENIED */
export function checkAdmin({ principal }: CallContext, project: string): void {
  if (principal.kind !== 'admin' || !isOfProject(principal, project))
    throw permissionDenied('Only administrators may manage rules.');
}

/** @throws StatusError INVALID_ARGUMENT */
export function checkProject(project: string): void {
  if (!/^[^/\s]{1,128}$/.test(project)) throw invalidArgument(`"${project}" is not a project id.`);
}

const toRuleset = (project: string, { id, fileName, source, createTime }: StoredRuleset): Ruleset => ({
  project,
  id,
  file: { name: fileName, content: source },
  createTime,
});

const toRelease = (project: string, release: StoredRelease): Release => ({ project, ...release });
