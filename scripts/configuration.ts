// Writes the reference of all programs' options: `npm run generate`.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { markdownTable, type OptionsSpec } from '@telestack/config';
import { DOCSTORE_OPTIONS } from '@telestack/docstore';
import { GATEWAY_OPTIONS } from '@telestack/gateway';
import { IDENTITY_OPTIONS } from '@telestack/identity';
import { BACKUP_OPTIONS, OPERATOR_OPTIONS } from '@telestack/operator';
import { MIGRATION_OPTIONS, PLATFORM_OPTIONS } from '@telestack/platform';
import { BRIDGE_OPTIONS } from '@telestack/realtime-bridge';
import { STORAGE_OPTIONS } from '@telestack/storage';

export const CONFIGURATION_FILE = join(import.meta.dirname, '../docs/reference/configuration.md');

/** What each program understands, by the file that starts it. */
export const PROGRAMS = {
  'scripts/start.ts': PLATFORM_OPTIONS,
  'scripts/migrate.ts': MIGRATION_OPTIONS,
  'services/gateway/src/main.ts': GATEWAY_OPTIONS,
  'services/docstore/src/main.ts': DOCSTORE_OPTIONS,
  'services/realtime-bridge/src/main.ts': BRIDGE_OPTIONS,
  'services/identity/src/main.ts': IDENTITY_OPTIONS,
  'services/storage/src/main.ts': STORAGE_OPTIONS,
  'operator/src/main.ts': OPERATOR_OPTIONS,
  'operator/src/backup/main.ts': BACKUP_OPTIONS,
} as const satisfies Record<string, OptionsSpec>;

/** The documentation of all options, from the code that reads them. */
export function configurationText(): string {
  const sections = Object.entries(PROGRAMS).flatMap(([program, options]) => [
    `## ${program}`,
    '',
    markdownTable(options),
  ]);
  return [
    '# Configuration',
    '',
    'Generated from the options in the code. A flag beats its variable, a variable its default; an empty variable counts as not set.',
    'Durations: `500ms`, `30s`, `5m`, `1h`, `7d`. Sizes: `512k`, `64MB`, `1GB`, in units of 1024.',
    '',
    ...sections,
  ]
    .join('\n')
    .replace(/\n+$/, '\n');
}

if (process.argv[1] === import.meta.filename) writeFileSync(CONFIGURATION_FILE, configurationText());
