export { type Compilation, compileRules, formatProblems } from './compile.ts';
export { type Decision, formatReasons, type MissingLookups, type Reason } from './evaluate/decide.ts';
export {
  type LookedUp,
  type Lookup,
  type LookupSource,
  type LookupState,
  MAX_LOOKUPS,
} from './evaluate/lookups.ts';
export type { Auth, Dependencies } from './evaluate/request.ts';
export { evaluateWith, type FetchLookups } from './evaluate/run.ts';
export { checkDocument, type DocumentMethod, type DocumentRequest } from './firestore/evaluate.ts';
export { type ListRequest, proveList } from './proof/prove-list.ts';
export type { Ruleset } from './ruleset.ts';
export {
  checkObject,
  type ObjectDecision,
  type ObjectMethod,
  type ObjectRequest,
} from './storage/evaluate.ts';
export type { ObjectMetadata } from './storage/resource.ts';
export type { Problem } from './syntax/position.ts';
