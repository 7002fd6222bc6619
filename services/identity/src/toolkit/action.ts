import type { HttpCall, Reply, Route } from '@telestack/http';
import type { IdentityContext } from '../context.ts';
import { IdentityError } from '../errors.ts';
import { applyOobCode } from './apply-oob-code.ts';
import { Body } from './body.ts';
import type { ToolkitCall } from './call.ts';
import { resetPassword } from './reset-password.ts';

/**
 * /emulator/action: where links in mails lead when the app has no page of its own for them. Following one does what it is for; a new password
 * comes as `newPassword`. Like the emulator's, it answers JSON.
 */
export function followLink(identity: IdentityContext): Route {
  return {
    method: 'GET',
    path: '/emulator/action',
    access: 'emulator',
    async handle(http) {
      try {
        return await follow(identity, http);
      } catch (error) {
        if (!(error instanceof IdentityError)) throw error;
        return { status: 400, body: { authEmulator: { error: error.message } } };
      }
    },
  };
}

async function follow(identity: IdentityContext, { url }: HttpCall): Promise<Reply> {
  const query = url.searchParams;
  const [mode, oobCode, continueUrl] = [
    query.get('mode'),
    query.get('oobCode') ?? '',
    query.get('continueUrl'),
  ];
  const key = query.get('key') ?? query.get('apiKey') ?? '';
  const project = (await identity.apiKeys.projectOfWebKey(key)) ?? identity.defaultProject;
  const realm = { project, tenant: query.get('tenantId') ?? '' };
  const body = new Body({ oobCode, newPassword: query.get('newPassword') ?? undefined });
  const config = await identity.projects.config(realm);
  const call: ToolkitCall = {
    identity,
    realm,
    config,
    body,
    query,
    isPrivileged: false,
    baseUrl: url.origin,
  };
  if (mode === 'signIn') {
    if (continueUrl === null) throw new IdentityError('MISSING_CONTINUE_URI');
    const target = new URL(continueUrl);
    for (const name of ['mode', 'lang', 'oobCode', 'apiKey', 'tenantId']) {
      const value = query.get(name);
      if (value !== null) target.searchParams.set(name, value);
    }
    return { status: 302, headers: { location: target.toString() } };
  }
  let email: string | undefined;
  if (mode === 'resetPassword') {
    if (!body.has('newPassword'))
      throw new IdentityError('MISSING_NEW_PASSWORD : Add &newPassword= to the link.');
    ({ email } = (await resetPassword(call)) as { email?: string });
  } else {
    ({ email } = await applyOobCode(call, oobCode));
  }
  if (continueUrl !== null) return { status: 302, headers: { location: continueUrl } };
  return { body: { authEmulator: { success: `Done: ${mode ?? ''}`, email } } };
}
