import { permissionDenied } from '@telestack/errors';
import { type CallContext, isOfProject } from '@telestack/rpc';
import { type Caller, callerOf, DENIED } from './caller.ts';
import { type CommitGuard, guardOf } from './guard.ts';
import type { Releases } from './releases.ts';

export interface AccessControlOptions {
  readonly releases: Pick<Releases, 'for'>;
  /** Dev only: denials tell what the rules made of the request. */
  readonly explains: boolean;
}

/** Who calls. */
export type Calling = Pick<CallContext, 'principal'>;

/** Where every method of the service asks what its caller may do. */
export class AccessControl {
  readonly #options: AccessControlOptions;

  constructor(options: AccessControlOptions) {
    this.#options = options;
  }

  /**
   * What a caller may do in a database ("project/database"), by the rules of `notBefore` (microseconds) or later ones.
   * @throws StatusError PERMISSION_DENIED for a database that is closed, or of another project than the credential; UNAVAILABLE when its rules cannot be read
   */
  async caller({ principal }: Calling, database: string, notBefore?: number): Promise<Caller> {
    // A credential of one project, an administrator's too, is worth nothing in another.
    if (!isOfProject(principal, database.slice(0, database.indexOf('/')))) throw permissionDenied(DENIED);
    if (principal.kind === 'admin') return 'unrestricted';
    return callerOf(principal, await this.#options.releases.for(database, notBefore), this.#options.explains);
  }

  /** What a caller's commit has to pass. */
  async guard(calling: Calling, database: string): Promise<CommitGuard | undefined> {
    return guardOf(await this.caller(calling, database));
  }
}
