import { Code, invalidArgument, StatusError } from '@telestack/errors';
import type { StorageObject } from './object.ts';

/** What must hold of the stored object; generation 0 stands for none. */
export interface Preconditions {
  readonly ifGenerationMatch?: number;
  readonly ifGenerationNotMatch?: number;
  readonly ifMetagenerationMatch?: number;
  readonly ifMetagenerationNotMatch?: number;
}

/** HTTP 412 to clients. */
export class PreconditionError extends StatusError {
  constructor() {
    super(Code.FAILED_PRECONDITION, 'At least one of the pre-conditions you specified did not hold.');
  }
}

const NAMES = [
  'ifGenerationMatch',
  'ifGenerationNotMatch',
  'ifMetagenerationMatch',
  'ifMetagenerationNotMatch',
] as const;

/** @throws StatusError INVALID_ARGUMENT */
export function parsePreconditions(query: URLSearchParams): Preconditions {
  const found: Record<string, number> = {};
  for (const name of NAMES) {
    const text = query.get(name);
    if (text === null || text === '') continue;
    if (!/^\d{1,16}$/.test(text)) throw invalidArgument(`Invalid value for ${name}.`);
    found[name] = Number(text);
  }
  return found;
}

/** @throws PreconditionError */
export function checkPreconditions(required: Preconditions, object: StorageObject | undefined): void {
  const generation = object?.generation ?? 0;
  const metageneration = object?.metageneration ?? 0;
  const holds =
    (required.ifGenerationMatch ?? generation) === generation &&
    required.ifGenerationNotMatch !== generation &&
    (required.ifMetagenerationMatch ?? metageneration) === metageneration &&
    required.ifMetagenerationNotMatch !== metageneration;
  if (!holds) throw new PreconditionError();
}
