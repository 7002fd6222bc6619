import { permissionDenied } from '@telestack/errors';
import { type CallContext, isOfProject } from '@telestack/rpc';
import type { Schemas } from '../schemas/schemas.ts';
import { type Caller, DENIED, keyCaller, ruledCaller } from './caller.ts';
import { type CommitGuard, guardOf } from './guard.ts';
import type { Releases } from './releases.ts';

export interface AccessControlOptions {
  readonly releases: Pick<Releases, 'for'>;
  /** Dev only: denials tell what the rules made of the request. */
  readonly explains: boolean;
}

/** Who calls. */
export type Calling = Pick<CallContext, 'principal'>;

/** What a commit has to pass. */
export interface CommitChecks {
  /** Undefined for a caller who may write anything. */
  readonly guard: CommitGuard | undefined;
  /** Whoever calls. */
  readonly schemas: Schemas | undefined;
}

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
    const slash = database.indexOf('/');
    // A credential of one project, an administrator's too, is worth nothing in another.
    if (!isOfProject(principal, database.slice(0, slash))) throw permissionDenied(DENIED);
    if (principal.kind === 'admin') return 'unrestricted';
    const databaseId = database.slice(slash + 1);
    if (principal.kind === 'apiKey') return keyCaller(principal.scopes, databaseId);
    const release = await this.#options.releases.for(database, notBefore);
    return ruledCaller(principal, release, this.#options.explains);
  }

  /** What a caller's commit has to pass. @throws StatusError as `caller` */
  async checks(calling: Calling, database: string): Promise<CommitChecks> {
    const guard = guardOf(await this.caller(calling, database));
    const { schemas } = await this.#options.releases.for(database);
    return { guard, schemas };
  }
}
