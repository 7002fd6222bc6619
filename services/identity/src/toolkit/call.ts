import type { Realm } from '../accounts/account.ts';
import type { ProjectConfig } from '../accounts/projects.ts';
import type { IdentityContext } from '../context.ts';
import type { Body } from './body.ts';

/** One call of the Identity Toolkit, as its methods see it. */
export interface ToolkitCall {
  readonly identity: IdentityContext;
  readonly realm: Realm;
  readonly config: ProjectConfig;
  readonly body: Body;
  readonly query: URLSearchParams;
  /** An administrator calls. */
  readonly isPrivileged: boolean;
  /** "http://host:port", for links back to us; undefined where nobody has said. */
  readonly baseUrl: string | undefined;
}

export type ToolkitMethod = (call: ToolkitCall) => Promise<object>;
