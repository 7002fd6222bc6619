import type { Database } from '@telestack/pg';
import { check } from '../errors.ts';
import type { Realm } from './account.ts';

/** What a project (or a tenant) allows; the Identity Toolkit's Config message, as far as it matters here. */
export interface ProjectConfig {
  readonly allowPasswordSignup: boolean;
  readonly enableEmailLinkSignin: boolean;
  readonly enableAnonymousUser: boolean;
  readonly disableAuth: boolean;
  readonly allowDuplicateEmails: boolean;
  /** Sign-in does not tell whether an address is known. */
  readonly enableImprovedEmailPrivacy: boolean;
  readonly authorizedDomains: readonly string[];
}

/** An OpenID Connect provider whose ID tokens sign users in. */
export interface IdpConfig {
  readonly providerId: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret?: string;
  /** Where its keys are; discovered from the issuer when absent. */
  readonly jwksUri?: string;
  readonly enabled: boolean;
  readonly displayName?: string;
}

const OPEN: ProjectConfig = {
  allowPasswordSignup: true,
  enableEmailLinkSignin: true,
  enableAnonymousUser: true,
  disableAuth: false,
  allowDuplicateEmails: false,
  enableImprovedEmailPrivacy: false,
  authorizedDomains: ['localhost'],
};

/** As production projects begin: no sign-in without a credential of one's own, and nothing told about addresses. */
const CLOSED: ProjectConfig = { ...OPEN, enableAnonymousUser: false, enableImprovedEmailPrivacy: true };

const CACHE_MS = 2_000;
const CACHED = 10_000;

/** Projects, tenants and their settings. */
export class Projects {
  readonly #db: Database;
  readonly #defaults: ProjectConfig;
  readonly #cache = new Map<string, { readonly config: ProjectConfig; readonly until: number }>();

  readonly #makesTenants: boolean;

  constructor(db: Database, profile: 'dev' | 'production') {
    this.#db = db;
    this.#makesTenants = profile === 'dev';
    this.#defaults = profile === 'dev' ? OPEN : CLOSED;
  }

  /**
   * The settings in force; a project that has none set has the profile's, and in the dev profile a tenant that nobody has made too.
   * @throws IdentityError TENANT_NOT_FOUND
   */
  async config(realm: Realm): Promise<ProjectConfig> {
    const key = `${realm.project}/${realm.tenant}`;
    const cached = this.#cache.get(key);
    if (cached !== undefined && cached.until > Date.now()) return cached.config;
    const config = { ...this.#defaults, ...(await this.#stored(realm)) };
    if (this.#cache.size >= CACHED) this.#cache.clear();
    this.#cache.set(key, { config, until: Date.now() + CACHE_MS });
    return config;
  }

  async update(realm: Realm, changes: Partial<ProjectConfig>): Promise<ProjectConfig> {
    const isTenant = realm.tenant !== '';
    await this.#db.query(
      isTenant
        ? `INSERT INTO identity.tenants AS t (project_id, tenant_id, config) VALUES ($1, $2, $3)
           ON CONFLICT (project_id, tenant_id) DO UPDATE SET config = t.config || excluded.config`
        : `INSERT INTO identity.projects AS p (project_id, config) VALUES ($1, $2)
           ON CONFLICT (project_id) DO UPDATE SET config = p.config || excluded.config`,
      isTenant
        ? [realm.project, realm.tenant, JSON.stringify(changes)]
        : [realm.project, JSON.stringify(changes)],
    );
    this.#cache.clear();
    return this.config(realm);
  }

  /** The number that some answers name a project by; made when it is first asked for. */
  async number(project: string): Promise<string> {
    const { rows } = await this.#db.query<{ project_number: number }>(
      `INSERT INTO identity.projects (project_id) VALUES ($1)
       ON CONFLICT (project_id) DO UPDATE SET project_id = excluded.project_id RETURNING project_number`,
      [project],
    );
    return String(rows[0]!.project_number);
  }

  async idp(realm: Realm, providerId: string): Promise<IdpConfig | undefined> {
    const { rows } = await this.#db.query<{ config: string }>(
      'SELECT config FROM identity.idps WHERE project_id = $1 AND tenant_id = $2 AND provider_id = $3',
      [realm.project, realm.tenant, providerId],
    );
    return rows[0] && (JSON.parse(rows[0].config) as IdpConfig);
  }

  async idps(realm: Realm): Promise<IdpConfig[]> {
    const { rows } = await this.#db.query<{ config: string }>(
      'SELECT config FROM identity.idps WHERE project_id = $1 AND tenant_id = $2 ORDER BY provider_id',
      [realm.project, realm.tenant],
    );
    return rows.map(({ config }) => JSON.parse(config) as IdpConfig);
  }

  async setIdp(realm: Realm, idp: IdpConfig): Promise<void> {
    await this.#db.query(
      `INSERT INTO identity.idps (project_id, tenant_id, provider_id, config) VALUES ($1, $2, $3, $4)
       ON CONFLICT (project_id, tenant_id, provider_id) DO UPDATE SET config = excluded.config`,
      [realm.project, realm.tenant, idp.providerId, JSON.stringify(idp)],
    );
  }

  async deleteIdp(realm: Realm, providerId: string): Promise<boolean> {
    const { rowCount } = await this.#db.query(
      'DELETE FROM identity.idps WHERE project_id = $1 AND tenant_id = $2 AND provider_id = $3',
      [realm.project, realm.tenant, providerId],
    );
    return rowCount > 0;
  }

  async #stored({ project, tenant }: Realm): Promise<Partial<ProjectConfig>> {
    const { rows } = await this.#db.query<{ config: string }>(
      'SELECT config FROM identity.projects WHERE project_id = $1',
      [project],
    );
    const config = rows[0] ? (JSON.parse(rows[0].config) as Partial<ProjectConfig>) : {};
    if (tenant === '') return config;
    const { rows: tenants } = await this.#db.query<{ config: string }>(
      'SELECT config FROM identity.tenants WHERE project_id = $1 AND tenant_id = $2',
      [project, tenant],
    );
    check(tenants[0] || this.#makesTenants, 'TENANT_NOT_FOUND');
    return { ...config, ...(tenants[0] ? (JSON.parse(tenants[0].config) as Partial<ProjectConfig>) : {}) };
  }
}
