import type { OptionsOf } from '@telestack/config';
import type { DOCSTORE_OPTIONS } from './options.ts';
import type { DocstoreOptions } from './server.ts';

/** What options make of a docstore, wherever it runs. */
export function docstoreSettings(
  options: OptionsOf<typeof DOCSTORE_OPTIONS>,
): Omit<DocstoreOptions, 'publisher' | 'log'> {
  const { databaseUrl, maxConnections, retention, readTimeInterval, streamName, profile } = options;
  return {
    databaseUrl,
    maxConnections,
    retentionSeconds: retention / 1000,
    heartbeatInterval: readTimeInterval,
    slot: streamName,
    withoutRules: profile === 'dev' ? 'open' : 'closed',
    explainsDenials: profile === 'dev',
    files: {
      project: options.project,
      folder: options.databasesFolder,
      rules: options.rulesFile,
      storageRules: options.storageRulesFile,
      policies: options.policiesFile,
      schemas: options.schemasFile,
      indexes: options.indexesFile,
    },
  };
}
