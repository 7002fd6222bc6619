import type { OptionsOf } from '@telestack/config';
import type { STORAGE_OPTIONS } from './options.ts';
import type { StorageOptions } from './storage.ts';

/** What options make of a storage service, wherever it runs; its object store has settings of its own. */
export function storageSettings(
  options: OptionsOf<typeof STORAGE_OPTIONS>,
): Omit<StorageOptions, 'bus' | 's3' | 'access' | 'log'> {
  const { databaseUrl, streamName, profile, defaultProject, maxConnections } = options;
  return {
    databaseUrl,
    streamName,
    isEmulating: profile === 'dev',
    defaultProject,
    maxConnections,
    maxObjectBytes: options.maxObjectSize,
    bufferBytes: options.bufferSize,
    reconcileIntervalMs: options.reconcileInterval,
    uploadExpiryMs: options.uploadExpiry,
  };
}
