import type { AuditLog } from '@telestack/audit';
import { permissionDenied } from '@telestack/errors';
import type { Route } from '@telestack/http';
import { isOfProject } from '@telestack/rpc';

/** `GET /v1/storage:auditLog?project=…&before=…`: who has made and removed buckets. What is done to single files is not there: it is their users' traffic. */
export function auditRoute(audit: AuditLog, defaultProject: string): Route {
  return {
    method: 'GET',
    path: '/v1/storage:auditLog',
    access: 'admin',
    async handle({ url, context: { principal } }) {
      const own = 'project' in principal ? principal.project : undefined;
      const project = url.searchParams.get('project') || (own ?? defaultProject);
      if (!isOfProject(principal, project)) throw permissionDenied('Permission denied.');
      return { body: { entries: await audit.list(project, url.searchParams.get('before') ?? '') } };
    },
  };
}
