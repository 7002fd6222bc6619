CREATE SCHEMA IF NOT EXISTS identity;

-- One row a user of a project; tenant_id is '' outside tenants. Times are milliseconds since the epoch, valid_since seconds, as the API has them.
CREATE TABLE identity.accounts (
  project_id text NOT NULL,
  tenant_id text NOT NULL DEFAULT '',
  local_id text NOT NULL,
  email text,
  email_verified boolean NOT NULL DEFAULT false,
  initial_email text,
  phone_number text,
  display_name text,
  photo_url text,
  disabled boolean NOT NULL DEFAULT false,
  -- {"algorithm", "hash", "salt", ...}: see passwords/stored.ts.
  password jsonb,
  password_updated_at bigint,
  email_link_signin boolean NOT NULL DEFAULT false,
  custom_auth boolean NOT NULL DEFAULT false,
  custom_attributes text,
  roles text[] NOT NULL DEFAULT '{}',
  valid_since bigint,
  created_at bigint NOT NULL,
  last_login_at bigint,
  last_refresh_at bigint,
  PRIMARY KEY (project_id, tenant_id, local_id)
);
CREATE UNIQUE INDEX accounts_email ON identity.accounts (project_id, tenant_id, email) WHERE email IS NOT NULL;
CREATE UNIQUE INDEX accounts_phone ON identity.accounts (project_id, tenant_id, phone_number) WHERE phone_number IS NOT NULL;

-- Identities at other providers that sign a user in. A provider's user is one of ours at most.
CREATE TABLE identity.account_providers (
  project_id text NOT NULL,
  tenant_id text NOT NULL,
  provider_id text NOT NULL,
  raw_id text NOT NULL,
  local_id text NOT NULL,
  info jsonb NOT NULL,
  CONSTRAINT account_providers_raw_id PRIMARY KEY (project_id, tenant_id, provider_id, raw_id),
  CONSTRAINT account_providers_one UNIQUE (project_id, tenant_id, local_id, provider_id),
  FOREIGN KEY (project_id, tenant_id, local_id) REFERENCES identity.accounts ON DELETE CASCADE
);

-- A signed-in device. Only hashes of refresh tokens are kept: the one in force and the one before it.
CREATE TABLE identity.sessions (
  session_id text PRIMARY KEY,
  project_id text NOT NULL,
  tenant_id text NOT NULL,
  local_id text NOT NULL,
  current_hash bytea NOT NULL,
  previous_hash bytea,
  rotation_key bytea,
  rotated_at bigint,
  -- {"provider", "claims", "authTime"}: what goes into each of its ID tokens.
  data jsonb NOT NULL,
  created_at bigint NOT NULL,
  expires_at bigint NOT NULL,
  FOREIGN KEY (project_id, tenant_id, local_id) REFERENCES identity.accounts ON DELETE CASCADE
);
CREATE INDEX sessions_account ON identity.sessions (project_id, tenant_id, local_id);
CREATE INDEX sessions_expiry ON identity.sessions (expires_at);
