export {
  ADMIN_ONLY,
  type ProposedObject,
  type StorageAccess,
  type StorageAccessRequest,
  type StorageMethod,
} from './access.ts';
export type { ObjectEvent, ObjectEventType } from './events/object-event.ts';
export { migrateStorage } from './migrate.ts';
export type { StorageObject } from './objects/object.ts';
export { S3_OPTIONS, STORAGE_OPTIONS } from './options.ts';
export type { ReconcileReport } from './reconcile/reconciler.ts';
export { accessByRules } from './rules/access-by-rules.ts';
export { type S3Settings, s3Settings } from './s3/settings.ts';
export { storageSettings } from './settings.ts';
export { type RunningStorage, STORAGE_PREFIXES, type StorageOptions, startStorage } from './storage.ts';
export { objectEventStream } from './streams.ts';
