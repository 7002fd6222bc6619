export { main } from './main.ts';
export { PLATFORM_OPTIONS, type PlatformOptions } from './options.ts';
export { type Platform, startPlatform } from './platform.ts';
export type { ReadyInfo } from './ready-file.ts';
export { type RunningServices, type ServicesOptions, startServices } from './services.ts';
