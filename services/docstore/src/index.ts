export { migrateDocstore } from './migrate.ts';
export { DOCSTORE_OPTIONS } from './options.ts';
export { changePublisher } from './relay/publisher.ts';
export type { ChangePublisher } from './relay/relay.ts';
export { type DocstoreOptions, type RunningDocstore, startDocstore } from './server.ts';
export { docstoreSettings } from './settings.ts';
