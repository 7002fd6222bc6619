import type { Route } from '@telestack/http';
import { ClearDatabaseRequest } from '@telestack/protos/telestack/docstore/v1/docstore.ts';
import { type Channel, systemContext } from '@telestack/rpc';

/** What the emulator serves beside the API, for test suites, which come without a credential. */
export function emulatorRoutes(docstore: Channel): Route[] {
  return [
    {
      method: 'DELETE',
      path: '/emulator/v1/projects/{project}/databases/{database}/documents',
      access: 'emulator',
      async handle({ params: { project, database }, context: { signal } }) {
        const request = { database: `projects/${project}/databases/${database}` };
        const body = ClearDatabaseRequest.encode(request).finish();
        await docstore.unary('/telestack.docstore.v1.Docstore/ClearDatabase', body, systemContext(signal));
        return { body: {} };
      },
    },
  ];
}
