import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unavailable } from '@telestack/errors';
import { cacheFolder } from '@telestack/launch';

/** Kubernetes versions whose published schemas rendered objects are checked against: the oldest that is supported, the tested one, the newest. */
export const SCHEMA_VERSIONS = ['v1.30.14', 'v1.34.1', 'v1.36.3'] as const;
export type SchemaVersion = (typeof SCHEMA_VERSIONS)[number];

/** Hashes of the modules that have them, as Go's checksum database knows them. */
const SUMS: Record<SchemaVersion, string> = {
  'v1.30.14': 'h1:MrlKXh9uhLIJpyxOeXhcndzRVSvwiV9iJ8NgH8nqPsg=',
  'v1.34.1': 'h1:F3p8dtpv+i8zQoebZeK5zBqM1g9x1aIdnA5vthvcuUk=',
  'v1.36.3': 'h1:qDQdoMiluAE2Eab6Fa52YV+WjiGz9mZFFoagEA6cI+o=',
};

const MODULE = 'k8s.io/kubernetes';
const SPEC_FILE = 'api/openapi-spec/swagger.json';
const DOWNLOAD_TIMEOUT_MS = 5 * 60_000;

/** The published OpenAPI document of a Kubernetes version, if it was fetched already. */
export function cachedSchemas(version: SchemaVersion): object | undefined {
  const file = cacheFile(version);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as object) : undefined;
}

/** Fetches those that are missing, each from its version's Go module; tens of megabytes once. UNAVAILABLE when a module cannot be had. */
export async function fetchSchemas(): Promise<void> {
  for (const version of SCHEMA_VERSIONS) if (!existsSync(cacheFile(version))) await fetchSchema(version);
}

async function fetchSchema(version: SchemaVersion): Promise<void> {
  const folder = join(cacheFolder(), `schemas-${version}.${process.pid}`);
  mkdirSync(folder, { recursive: true });
  try {
    const { Dir, Sum, Error: problem } = await download(version, folder);
    if (Dir === undefined) throw unavailable(`${MODULE} ${version} cannot be fetched: ${problem}`);
    if (Sum !== SUMS[version]) throw unavailable(`${MODULE} ${version} is not what it was: ${Sum}`);
    const text = readFileSync(join(Dir, SPEC_FILE), 'utf8');
    const { definitions } = JSON.parse(text) as { definitions: object };
    writeFileSync(join(folder, 'schema.json'), JSON.stringify({ definitions }));
    renameSync(join(folder, 'schema.json'), cacheFile(version));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function cacheFile(version: SchemaVersion): string {
  return join(cacheFolder(), `kubernetes-schemas-${version}.json`);
}

interface Downloaded {
  readonly Dir?: string;
  readonly Sum?: string;
  readonly Error?: string;
}

function download(version: SchemaVersion, cwd: string): Promise<Downloaded> {
  return new Promise((resolve) => {
    const child = spawn('go', ['mod', 'download', '-json', `${MODULE}@${version}`], {
      cwd,
      env: { ...process.env, GOFLAGS: '-modcacherw', GOWORK: 'off' },
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: DOWNLOAD_TIMEOUT_MS,
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    child.once('error', (error) => resolve({ Error: error.message }));
    child.once('close', () => {
      try {
        resolve(JSON.parse(text) as Downloaded);
      } catch {
        resolve({ Error: 'go mod download gave no answer' });
      }
    });
  });
}
