export { main } from './main.ts';
export { MIGRATION_OPTIONS, migrateAll } from './migrate.ts';
export { PLATFORM_OPTIONS, type PlatformOptions } from './options.ts';
export { type Platform, startPlatform } from './platform.ts';
export type { ReadyInfo } from './ready-file.ts';
export { type RunningServices, startServices } from './services.ts';
export { type Environment, SERVICE_OPTIONS } from './settings.ts';
