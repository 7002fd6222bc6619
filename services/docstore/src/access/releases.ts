import { internal } from '@telestack/errors';
import { type Listening, listen } from '@telestack/pg';
import { compileRules, type Ruleset } from '@telestack/rules';
import { parsePolicies } from '../policies/parse.ts';
import { NO_POLICIES, type Policies } from '../policies/policy.ts';
import { Schemas } from '../schemas/schemas.ts';
import type { Rulesets } from './rulesets.ts';

/** The rules in force for a database, and what holds for its collections beside them. */
export interface Release {
  /** They were in force at this time; microseconds. */
  readonly time: number;
  /** Another id says that other rules are in force. */
  readonly id: string;
  /** `open` and `closed` stand for a database without rules. */
  readonly rules: Ruleset | 'open' | 'closed';
  readonly policies: Policies;
  /** Undefined without any. */
  readonly schemas: Schemas | undefined;
}

export interface ReleasesOptions {
  readonly connectionString: string;
  readonly rulesets: Rulesets;
  /** What holds for a database that nobody has deployed rules for. */
  readonly withoutRules: 'open' | 'closed';
}

/** How long compiled rules are believed while PostgreSQL cannot tell of changes. */
const UNHEARD_MS = 1_000;
/** Projects whose rules are kept compiled. */
const CAPACITY = 1_000;

interface Entry {
  readonly release: Promise<Release>;
  readonly since: number;
}

/** The compiled rules of each database, up to date: a change of releases anywhere is heard through NOTIFY. */
export class Releases {
  readonly #options: ReleasesOptions;
  readonly #listening: Listening;
  /** By "project/database"; the least recently loaded first. */
  readonly #entries = new Map<string, Entry>();

  constructor(options: ReleasesOptions) {
    this.#options = options;
    this.#listening = listen({
      connectionString: options.connectionString,
      channel: 'telestack_releases',
      applicationName: 'telestack-docstore-releases',
      onNotify: (project) => this.forget(project),
      onGap: () => this.#entries.clear(),
    });
  }

  /**
   * The rules in force; with `notBefore` (microseconds) those of then or later, even if the news of them have not come yet.
   * @throws StatusError UNAVAILABLE when they cannot be read: nobody is let through then.
   */
  async for(database: string, notBefore = 0): Promise<Release> {
    const release = await this.#current(database);
    if (release.time >= notBefore) return release;
    this.#entries.delete(database);
    return this.#current(database);
  }

  #current(database: string): Promise<Release> {
    const known = this.#entries.get(database);
    if (known && (this.#listening.isConnected || performance.now() - known.since < UNHEARD_MS)) {
      return known.release;
    }
    const entry: Entry = { release: this.#load(database), since: performance.now() };
    this.#entries.delete(database);
    this.#entries.set(database, entry);
    if (this.#entries.size > CAPACITY) this.#entries.delete(this.#entries.keys().next().value!);
    // A failure is not kept.
    entry.release.catch(() => {
      if (this.#entries.get(database) === entry) this.#entries.delete(database);
    });
    return entry.release;
  }

  /** What is held of a project is out of date. */
  forget(project: string): void {
    for (const database of this.#entries.keys()) {
      if (database.startsWith(`${project}/`)) this.#entries.delete(database);
    }
  }

  close(): Promise<void> {
    return this.#listening.close();
  }

  async #load(database: string): Promise<Release> {
    const slash = database.indexOf('/');
    const databaseId = database.slice(slash + 1);
    const names = [`cloud.firestore/${databaseId}`, 'cloud.firestore'];
    const found = await this.#options.rulesets.sourcesOf(database.slice(0, slash), databaseId, names);
    const { time, settingsId } = found;
    return {
      time,
      id: `${found.rules?.rulesetId ?? ''}/${settingsId}`,
      rules: found.rules ? compiled(found.rules.source) : this.#options.withoutRules,
      policies: found.policies === undefined ? NO_POLICIES : parsePolicies(found.policies),
      schemas: found.schemas === undefined ? undefined : Schemas.parse(found.schemas),
    };
  }
}

function compiled(source: string): Ruleset {
  const result = compileRules(source);
  // It compiled when it was deployed.
  if (!result.ok) throw internal('The rules in force do not compile.');
  return result.ruleset;
}
