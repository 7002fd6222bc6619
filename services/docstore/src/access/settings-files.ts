import { unwatchFile, watchFile } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { AuditLog } from '@telestack/audit';
import { invalidArgument } from '@telestack/errors';
import type { IndexSpec } from '@telestack/query';
import { parseDeclaredIndexes } from '../indexes/declared.ts';
import type { CollectionSettings, SettingsKind } from './collection-settings.ts';
import type { Rulesets } from './rulesets.ts';

export interface SettingsFilePaths {
  readonly project: string;
  /** What the operator mounts: rules, indexes, policies and schemas of all databases. Read once: other content comes with another process. */
  readonly folder?: string | undefined;
  /** Files of the project's rules and indexes, and of the default database's policies and schemas. They are watched. */
  readonly rules?: string | undefined;
  readonly storageRules?: string | undefined;
  readonly policies?: string | undefined;
  readonly schemas?: string | undefined;
  readonly indexes?: string | undefined;
}

export interface SettingsFilesOptions extends SettingsFilePaths {
  readonly settings: CollectionSettings;
  readonly rulesets: Rulesets;
  readonly audit: AuditLog;
  /** Has declared indexes built, in the background. */
  readonly declareIndexes: (indexes: readonly IndexSpec[]) => void;
  readonly log: (message: string, error?: unknown) => void;
}

export interface SettingsFiles {
  close(): Promise<void>;
}

const DEFAULT_DATABASE = '(default)';
const WATCH_INTERVAL_MS = 500;
const ACTOR = 'file';
/** What the releases of rules are called that hold for all of a project. */
const RELEASES = { rules: 'cloud.firestore', storageRules: 'firebase.storage' } as const;
const WATCHED = ['rules', 'storageRules', 'policies', 'schemas', 'indexes'] as const;
type Watched = (typeof WATCHED)[number];

/**
 * Puts in force what files say. What becomes wrong with one is logged, and what was in force before stays. Resolves when all have been read once.
 * @throws StatusError INVALID_ARGUMENT when a watched file is wrong from the beginning
 */
export async function startSettingsFiles(options: SettingsFilesOptions): Promise<SettingsFiles> {
  const apply = new Applier(options);
  if (options.folder) await apply.folder(options.folder);
  const watched: string[] = [];
  const again: NodeJS.Timeout[] = [];
  for (const kind of WATCHED) {
    const path = options[kind];
    if (path === undefined || path === '') continue;
    await apply.firstTime(kind, path);
    watchFile(path, { interval: WATCH_INTERVAL_MS, persistent: false }, () => void apply.again(kind, path));
    // A change between the reading and the watcher's first look would go unseen.
    again.push(setTimeout(() => void apply.again(kind, path), 2 * WATCH_INTERVAL_MS).unref());
    watched.push(path);
  }
  return {
    async close() {
      for (const path of watched) unwatchFile(path);
      for (const timer of again) clearTimeout(timer);
      await apply.settled();
    },
  };
}

interface DatabaseEntry {
  readonly name: string;
  readonly policies: unknown;
}

class Applier {
  readonly #options: SettingsFilesOptions;
  /** One after the other: the file as it is last decides. */
  #last: Promise<void> = Promise.resolve();

  constructor(options: SettingsFilesOptions) {
    this.#options = options;
  }

  settled(): Promise<void> {
    return this.#last;
  }

  async firstTime(kind: Watched, path: string): Promise<void> {
    try {
      await this.#file(kind, await readFile(path, 'utf8'));
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw invalidArgument(`${path}: ${reason}`, { cause });
    }
  }

  again(kind: Watched, path: string): Promise<void> {
    this.#last = this.#last.then(() =>
      this.#attempt(basename(path), async () => {
        // While an editor replaces a file, it may be away or empty for a moment.
        const content = (await readIfThere(path)) ?? '';
        if (content.trim() !== '') await this.#file(kind, content);
      }),
    );
    return this.#last;
  }

  async #file(kind: Watched, content: string): Promise<void> {
    if (kind === 'indexes') return this.#options.declareIndexes(parseDeclaredIndexes(content));
    return kind === 'policies' || kind === 'schemas'
      ? this.#set(DEFAULT_DATABASE, kind, content)
      : this.#setRules(DEFAULT_DATABASE, RELEASES[kind], content);
  }

  /** `databases.json` and the files beside it, as operator/src/resources/databases.ts writes them. */
  async folder(folder: string): Promise<void> {
    let databases: readonly DatabaseEntry[] = [];
    await this.#attempt('databases.json', async () => {
      databases = parseDatabases(await readFile(join(folder, 'databases.json'), 'utf8'));
    });
    for (const { name, policies } of databases) {
      const file = (text: string) => `${name.replace(DEFAULT_DATABASE, 'default')}.${text}`;
      const read = (text: string) => readIfThere(join(folder, file(text)));
      await this.#attempt(`databases.json: ${name}`, () =>
        this.#set(name, 'policies', JSON.stringify(policies ?? [])),
      );
      await this.#attempt(file('schemas.json'), async () =>
        this.#set(name, 'schemas', await read('schemas.json')),
      );
      await this.#attempt(file('firestore.indexes.json'), async () => {
        const content = await read('firestore.indexes.json');
        if (content !== undefined) await this.#file('indexes', content);
      });
      await this.#attempt(file('firestore.rules'), async () =>
        this.#setRules(name, `cloud.firestore/${name}`, await read('firestore.rules')),
      );
    }
  }

  async #attempt(what: string, apply: () => Promise<void>): Promise<void> {
    try {
      await apply();
    } catch (error) {
      this.#options.log(`${what} is refused, what was in force stays:`, error);
    }
  }

  async #set(databaseId: string, kind: SettingsKind, content: string | undefined): Promise<void> {
    const { project, settings, audit } = this.#options;
    if (!(await settings.setFromFile({ project, databaseId, kind }, content))) return;
    await audit.record({ project, actor: ACTOR, action: `${kind}.set`, target: `databases/${databaseId}` });
  }

  async #setRules(databaseId: string, id: string, source: string | undefined): Promise<void> {
    if (source === undefined) return;
    const { project, rulesets, audit } = this.#options;
    const { rules } = await rulesets.sourcesOf(project, databaseId, [id]);
    if (rules?.source === source) return;
    const fileName = id === RELEASES.storageRules ? 'storage.rules' : 'firestore.rules';
    const ruleset = await rulesets.create(project, fileName, source);
    await rulesets.setRelease(project, id, ruleset.id);
    const target = `releases/${id} rulesets/${ruleset.id}`;
    await audit.record({ project, actor: ACTOR, action: 'releases.set', target });
  }
}

function parseDatabases(text: string): DatabaseEntry[] {
  const list: unknown = JSON.parse(text);
  const isEntry = (item: unknown): item is DatabaseEntry =>
    typeof item === 'object' && item !== null && typeof (item as { name?: unknown }).name === 'string';
  if (!Array.isArray(list) || !list.every(isEntry)) throw new Error('it must be a list of {name, policies}');
  return list;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
