export {
  type Bridge,
  type BridgeCounts,
  type BridgeOptions,
  type ChangeSource,
  createBridge,
} from './bridge.ts';
export { type BridgeConfig, defaultConfig } from './config.ts';
export type { Log, LogLevel } from './events.ts';
export { BRIDGE_OPTIONS } from './options.ts';
export { systemTimers, type Timer, type Timers } from './timers.ts';
