import type { Principal } from '@telestack/rpc';
import type { StorageObject } from './objects/object.ts';

/** As rules name them: `create` for every upload, `update` for changed metadata. */
export type StorageMethod = 'get' | 'list' | 'create' | 'update' | 'delete';

/** An object that may not be stored yet; what is not known of it is missing. */
export type ProposedObject = Partial<StorageObject> & Pick<StorageObject, 'bucket' | 'path'>;

export interface StorageAccessRequest {
  readonly method: StorageMethod;
  readonly principal: Principal;
  /** Whose rules decide. */
  readonly project: string;
  readonly bucket: string;
  /** The object's path; for `list` the prefix without its trailing slashes. */
  readonly path: string;
  /** The object as it is stored now: rules' `resource`. */
  readonly resource?: StorageObject;
  /** The object as it would be: rules' `request.resource`. */
  readonly requestResource?: ProposedObject;
  /** An upload that begins: it is asked about again when its bytes are known, so what hangs on them is let through now. */
  readonly isPreliminary?: boolean;
  readonly signal?: AbortSignal;
  readonly traceparent?: string;
}

/** Decides who may do what with files. */
export interface StorageAccess {
  allow(request: StorageAccessRequest): boolean | Promise<boolean>;
}

/** Everything for administrators, nothing for anyone else. */
export const ADMIN_ONLY: StorageAccess = { allow: ({ principal }) => principal.kind === 'admin' };
